#!/usr/bin/env bash
# Makes the recordings of this folder again: a few seconds of a person of silicon, in every format that may be uploaded.
# Needs espeak-ng and ffmpeg. The files are kept, so that the tests need neither.
set -euo pipefail
cd "$(dirname "$0")"

speech=$(mktemp --suffix .wav)
trap 'rm -f "$speech"' EXIT
espeak-ng -v fr -s 140 -w "$speech" "La torche est allumée depuis ce matin."
quietly() { ffmpeg -hide_banner -loglevel error -y "$@"; }
from() { quietly -i "$speech" -map_metadata -1 -bitexact -ac "$1" -ar "$2" "${@:3}"; }

from 1 16000 -c:a pcm_s16le voice.wav
from 1 24000 -c:a libmp3lame -b:a 40k voice.mp3
from 1 24000 -c:a aac -b:a 40k voice.m4a
from 1 24000 -c:a aac -b:a 40k -f adts voice.aac
from 1 24000 -c:a aac -b:a 40k -movflags +frag_keyframe+empty_moov fragmented.m4a
from 1 24000 -c:a libvorbis -b:a 40k vorbis.ogg
from 2 24000 -c:a libvorbis -b:a 48k vorbis.webm
from 1 48000 -c:a libopus -b:a 24k -application voip opus.ogg
from 1 48000 -c:a libopus -b:a 24k -application voip opus.webm
from 2 48000 -c:a libopus -b:a 64k -application audio opus-stereo.webm
from 1 48000 -c:a libopus -b:a 24k opus.mp4
from 1 16000 -c:a flac voice.flac
# A film with a voice, a film without, a codec that is not read.
quietly -f lavfi -i color=gray:64x64:5 -i "$speech" -shortest -c:v libx264 -c:a aac -b:a 40k -ar 24000 film.mp4
quietly -f lavfi -i color=gray:64x64:5 -t 2 -c:v libvpx film.webm
from 1 8000 -c:a gsm_ms gsm.wav
