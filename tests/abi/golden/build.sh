#!/usr/bin/env bash
# Builds the golden plugins of a release from its SDK, for the machine this runs on:
#   tests/abi/golden/build.sh RELEASE SDK_DIR
# RELEASE names the folder ("1.0"), SDK_DIR is the folder sdk of its sources. Only ever run for a release that has none yet.
set -euo pipefail
release=$1 sdk=$(realpath "$2") machine=$(uname -m)
cd "$(dirname "$0")"
folder=$release/$machine
mkdir -p "$folder"
for name in ledger tally; do
    vectors=$(mktemp --suffix=.s)
    printf '.section .hg_vectors,"a"\n.incbin "%s"\n.byte 0\n.section .note.GNU-stack,"",@progbits\n' \
        "$PWD/src/$name.json" >"$vectors"
    g++ -std=c++20 -Os -fPIC -shared -fvisibility=hidden -fvisibility-inlines-hidden -fno-gnu-unique -fstack-protector-strong \
        -DHG_PLUGIN_VERSION="\"$release.0\"" -I"$sdk/include" "src/$name.cpp" "$vectors" -o "$folder/$name.so" -s \
        -Wl,--version-script="$sdk/cmake/hookgate_plugin.map" -Wl,-z,now -Wl,-z,relro -Wl,-z,defs -Wl,--build-id=none
    rm "$vectors"
done
(cd "$folder" && sha256sum ledger.so tally.so >SHA256SUMS)
