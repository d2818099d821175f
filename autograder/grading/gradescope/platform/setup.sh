#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image. It starts from Ubuntu 22.04, whose
# Python 3.10 is too old, and may be run again. Everything that submissions must be able to read
# lies below /opt/autograder; /autograder/source is closed to them.
set -euo pipefail
umask 022

SOURCE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
if [ ! -e "$SOURCE/grading.yaml" ]; then SOURCE=/autograder/source; fi
PLACE=/opt/autograder
UV_VERSION=0.13.9   # this pins Python as well: each version of uv knows its own builds
PYTHON=3.11

step="starting"
trap 'echo "setup.sh failed while $step; what went wrong stands above." >&2' ERR

step="installing packages of the system"
missing=()
command -v setpriv >/dev/null || missing+=(util-linux)
[ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
python3 -m pip --version >/dev/null 2>&1 || missing+=(python3 python3-pip)
if [ "${#missing[@]}" -gt 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

step="installing uv $UV_VERSION"
mkdir -p "$PLACE"
uv=$PLACE/uv/bin/uv
if [ "$("$uv" --version 2>/dev/null | cut -d' ' -f2)" != "$UV_VERSION" ]; then
  rm -rf "$PLACE/uv"
  PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --target "$PLACE/uv" "uv==$UV_VERSION"
fi

step="installing Python $PYTHON"
export UV_PYTHON_INSTALL_DIR=$PLACE/python UV_LINK_MODE=copy UV_CACHE_DIR=$PLACE/cache
export UV_PYTHON_PREFERENCE=only-managed
"$uv" python install --no-bin "$PYTHON"
[ -x "$PLACE/venv/bin/python" ] || "$uv" venv --quiet --python "$PYTHON" "$PLACE/venv"

step="installing the pinned packages"
# --torch-backend cpu: without CUDA, which would be gigabytes that nothing here can use.
"$uv" pip install --quiet --python "$PLACE/venv/bin/python" --torch-backend cpu --compile-bytecode \
  --requirement "$SOURCE/requirements.txt" --constraint "$SOURCE/requirements.lock"
rm -rf "$UV_CACHE_DIR"

step="closing $SOURCE"
cd "$SOURCE"
"$PLACE/venv/bin/python" -m compileall -q autograder tests starter
chmod -R go-rwx "$SOURCE"

step="trying the sandbox"
"$PLACE/venv/bin/python" -m autograder.grading.gradescope.ready
