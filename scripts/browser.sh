#!/bin/sh
# A Chromium for the browser tests: one that is there, else the system's package, else Playwright's.
set -eu
python=${1:?usage: browser.sh PYTHON}

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    if apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null; then
        command -v chromium >/dev/null && exit 0
    fi
    echo "The system has no package chromium; taking Playwright's download." >&2
fi
exec "$python" -m playwright install chromium
