/** Any audio file to 16 kHz mono samples. Depends on no other module of this project. */
module io.github.funasrjava.audio {
    exports io.github.funasrjava.audio;
}
