#!/bin/sh
# Lints src/api/openapi.json with Redocly's validator, when it is installed (npm install -g @redocly/cli). What the
# document says of the server is checked by tests/unit/test_api_openapi.c, which needs nothing.
# Exit: 0 valid, 1 not, 77 validator not installed.
set -eu
cd "$(dirname "$0")/../.."
command -v redocly >/dev/null || { echo "skipped: redocly is not installed"; exit 77; }
redocly lint src/api/openapi.json --extends=recommended
