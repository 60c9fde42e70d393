/** Any audio file to 16 kHz mono samples. Depends on no other module of this project. */
module io.github.funasrjava.audio {
    requires static concentus;
    requires static javasound.aac;
    requires static jlayer;
    requires static jorbis;

    exports io.github.funasrjava.audio;
}
