"""Writes NAME.ref beside every encoded recording: what ffmpeg decodes from it.

Little endian: rate, channels, frames (int32), windows (int32), then per window its first frame and frame count (int32) and
its interleaved float32 samples. Whole decodes would be too large to check in; windows at the beginning, in the middle and at
the end prove delay, gain and padding.
"""
import os
import struct
import subprocess
import sys

WINDOW = 600
MANY_CHANNELS_WINDOW = 200


def probe(path):
    text = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "stream=sample_rate,channels",
                           "-of", "csv=p=0", path], capture_output=True, text=True, check=True).stdout.split("\n")[0]
    rate, channels = text.strip().strip(",").split(",")[:2]
    return int(rate), int(channels)


def decode(path):
    decoder = ["-c:a", "libopus"] if "opus" in os.path.basename(path) else []
    return subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *decoder, "-i", path, "-map", "0:a:0", "-f", "f32le",
                           "-c:a", "pcm_f32le", "-"], capture_output=True, check=True).stdout


folder = sys.argv[1]
for name in sorted(os.listdir(folder)):
    if name.endswith(".ref") or name.startswith(("video-only", "seed")):
        continue
    path = os.path.join(folder, name)
    rate, channels = probe(path)
    pcm = decode(path)
    frames = len(pcm) // (4 * channels)
    window = WINDOW if channels < 3 else MANY_CHANNELS_WINDOW
    # ffmpeg 5.1 leaves the padding of MP4's last frame in; it is not compared.
    end = frames - 1024 if name.startswith("aac") else frames
    starts = [0, frames // 2, end - window]
    with open(path + ".ref", "wb") as f:
        f.write(struct.pack("<4i", rate, channels, frames, len(starts)))
        for s in starts:
            f.write(struct.pack("<2i", s, window))
            f.write(pcm[s * 4 * channels:(s + window) * 4 * channels])
