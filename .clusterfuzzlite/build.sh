#!/usr/bin/env bash
# Builds every fuzz target with its seeds and its dictionary: for ClusterFuzzLite, and for OSS-Fuzz as it is.
set -euo pipefail
cd "$SRC/stepclock"

# Which dictionary a target takes; the others take none.
declare -A dictionaries=(
    [definition]=asl [differential]=asl [round_trip]=asl [definition_yaml]=asl_yaml [jsonpath]=jsonpath
    [intrinsics]=intrinsics [jsonata]=jsonata [mock_config]=workers [item_reader]=items [test_state]=asl
)

cargo fuzz build --release --debug-assertions
for file in fuzz/fuzz_targets/*.rs; do
    target=$(basename "$file" .rs)
    cp "fuzz/target/x86_64-unknown-linux-gnu/release/$target" "$OUT/"
    zip --quiet --junk-paths "$OUT/${target}_seed_corpus.zip" "corpus/fuzz/$target"/*
    dictionary=${dictionaries[$target]:-}
    [ -z "$dictionary" ] || cp "fuzz/dictionaries/$dictionary.dict" "$OUT/$target.dict"
    printf '[libfuzzer]\nmax_len = 16384\ntimeout = 20\nrss_limit_mb = 2560\n' > "$OUT/$target.options"
done
