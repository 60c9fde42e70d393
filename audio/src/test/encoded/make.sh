#!/bin/bash
# Makes the small encoded recordings of the decoder tests, and beside each one what ffmpeg decodes from it (reference.py).
# Needs ffmpeg (with libmp3lame, libopus, libvorbis), sox, espeak-ng, lame, flac, vorbis-tools, opus-tools, python3.
# The results are checked in; run this only to add a case.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$here/../resources/encoded
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
ff() { ffmpeg -nostdin -v error -y -fflags +bitexact -flags:a +bitexact "$@"; }

espeak-ng -v en -s 150 -w speech22.wav "Turn on the kitchen light, please."
sox speech22.wav -r 44100 -b 16 left.wav rate -v trim 0.1 1.3 gain -4
sox -n -r 44100 -b 16 right.wav synth 1.3 sine 300-3000 fade 0.05 1.3 0.05 gain -9
sox -M left.wav right.wav stereo44.wav
sox stereo44.wav -r 48000 stereo48.wav rate -v
sox left.wav -r 16000 mono16.wav rate -v
sox left.wav -r 8000 mono8.wav rate -v
sox left.wav -b 24 -r 48000 mono24.wav rate -v

lame --quiet -b 64 stereo44.wav mp3-lame-joint-stereo.mp3
lame --quiet -V 4 -m m mono16.wav mp3-lame-vbr-16k.mp3
lame --quiet -b 16 -m m mono8.wav mp3-lame-mpeg25-8k.mp3
lame --quiet -t -b 56 -m m left.wav mp3-without-info.mp3
ff -i stereo48.wav -c:a libmp3lame -b:a 64k mp3-lavf.mp3
ff -i left.wav -c:a mp2 -b:a 64k mp2-mpeg1.mp2

sox mono16.wav flac16.wav trim 0.2 0.6
sox mono24.wav -b 24 flac24.wav trim 0.2 0.2
sox stereo44.wav -r 16000 stereo16.wav rate -v trim 0.2 0.5
flac -s -8 -b 1152 --no-padding -o flac-16bit.flac flac16.wav
flac -s -5 --no-padding -o flac-24bit.flac flac24.wav
flac -s -8 --no-padding -o flac-stereo.flac stereo16.wav
flac -s -8 -b 1152 --no-padding --ogg -o flac-in-ogg.oga flac16.wav

oggenc -Q -q 1 -o vorbis-stereo.ogg stereo44.wav
oggenc -Q -q 2 -o vorbis-mono-16k.ogg mono16.wav

opusenc --quiet --bitrate 64 stereo48.wav opus-celt-stereo.opus
opusenc --quiet --bitrate 16 --speech mono16.wav opus-silk.opus
opusenc --quiet --bitrate 28 --speech --framesize 60 mono24.wav opus-hybrid-60ms.opus
ff -i stereo48.wav -c:a libopus -b:a 48k opus.webm
ff -f lavfi -i color=black:s=16x16:r=5:d=1.3 -i mono24.wav -c:v libvpx -c:a libopus -b:a 32k -shortest opus-with-video.webm
ff -i stereo44.wav -c:a libvorbis -q:a 0 vorbis.mkv

ff -i stereo44.wav -c:a aac -b:a 64k -aac_pns 0 aac.m4a
ff -i mono16.wav -c:a aac -b:a 32k -aac_pns 0 -movflags +faststart aac-faststart-16k.m4a
ff -i stereo48.wav -c:a aac -b:a 64k -aac_pns 0 -movflags +frag_keyframe+empty_moov+default_base_moof -frag_duration 300000 aac-fragmented.mp4
ff -i left.wav -c:a aac -b:a 48k -aac_pns 0 -f adts aac-adts.aac
ff -f lavfi -i color=black:s=16x16:r=5:d=1.3 -i mono24.wav -c:v libx264 -c:a aac -b:a 48k -aac_pns 0 -shortest aac-with-video.mp4
# Very short ones as seeds for fuzzing, where the number of inputs per second counts.
sox stereo16.wav seed.wav trim 0.1 0.12
sox mono8.wav seed8.wav trim 0.3 0.2
lame --quiet -b 32 seed.wav seed.mp3
lame --quiet -V 5 -m m seed8.wav seed-8k.mp3
flac -s -8 -b 512 --no-padding -o seed.flac seed.wav
flac -s -8 -b 256 --no-padding --ogg -o seed-flac.oga seed8.wav
oggenc -Q -q 0 -o seed-vorbis.ogg seed8.wav
opusenc --quiet --bitrate 24 seed.wav seed.opus
opusenc --quiet --bitrate 12 --speech seed8.wav seed-silk.opus
ff -i seed.wav -c:a libopus -b:a 24k seed.webm
ff -i seed8.wav -c:a libvorbis -q:a 0 seed-vorbis.webm
ff -i seed.wav -c:a aac -b:a 40k -movflags +faststart seed.m4a
ff -i seed8.wav -c:a aac -b:a 12k -movflags +frag_keyframe+empty_moov+default_base_moof -frag_duration 70000 seed-fragmented.mp4
ff -i seed.wav -c:a aac -b:a 40k -f adts seed.aac
sox -n -r 48000 -b 16 noise.wav synth 0.5 whitenoise gain -12
ff -i noise.wav -c:a aac -b:a 32k aac-noise.m4a
sox -M -v 0.5 mono24.wav -v 0.4 mono24.wav -v 0.3 mono24.wav -v 0.2 mono24.wav -v 0.15 mono24.wav -v 0.1 mono24.wav six.wav trim 0.3 0.5
ff -channel_layout 5.1 -i six.wav -c:a aac -b:a 160k -aac_pns 0 aac-six-channels.m4a
ff -channel_layout 5.1 -i six.wav -c:a libopus -mapping_family 1 -b:a 160k opus-six-channels.opus
ff -f lavfi -i color=black:s=16x16:r=5:d=1 -c:v libx264 video-only.mp4
ff -f lavfi -i color=black:s=16x16:r=5:d=1 -c:v libvpx video-only.webm

mkdir -p "$out"
rm -f seed*.wav
for f in mp3-* mp2-* flac-* vorbis* opus* aac* video-only* seed.?* seed-*; do cp "$f" "$out/"; done
python3 "$here/reference.py" "$out"
ls -l "$out"
