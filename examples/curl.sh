#!/usr/bin/env bash
# A tour of the HTTP interface against a server with the built-in stream: npx sluice start, then examples/curl.sh [URL].
set -euo pipefail
url="${1:-http://127.0.0.1:8080}"
id="tour-$(date +%s)-$$"

say() { printf '\n\n# %s\n' "$1"; }
order() { printf '{"orderId":"%s","userId":7,"currency":"EUR","total":%s,"items":[{"sku":"tea","qty":2,"price":12.75}]}' "$1" "$2"; }
post() { curl -sS -w '\n(%{http_code})' "$url/api/order${2:-}" -H "content-type: ${3:-application/json}" --data-binary "$1"; }

say 'a new order: on disk before this answer'
post "$(order "$id" 25.5)"
say 'the same again: a duplicate, at the offset of the first'
post "$(order "$id" 25.5)"
say 'another order under the same key: a conflict'
post "$(order "$id" 99)"
say 'an order that does not fit the schema'
post "$(order "$id-2" -1)"
say 'several at once: a summary, with an entry for each that was not taken'
post "$(order "$id-3" 1)"$'\n'"$(order "$id-4" -1)"$'\n''{oops' '' application/x-ndjson
say 'one more, answered once the database has it'
post "$(order "$id-5" 3)" '?wait=stored'
say 'read back: sluice-state says whether it is queued or stored'
curl -sS -i "$url/api/order/$id"
echo
