#!/bin/sh
# Counts a repository's tracked regular files once more, in its own way, to check what the workers found:
#   count.sh REPOSITORY  ->  {"files": 1, "lines": 2, "bytes": 3, "markers": 4}
# Lines are newline bytes; a marker is a line with the word TODO or FIXME.
set -eu
export LC_ALL=C
cd "$1"

# Names end in NUL bytes all the way, so that any name counts as one; "./" keeps a leading "-" from being an option.
tracked() {
  git ls-files -z --deduplicate | xargs -0 sh -c '
    for name; do
      if [ -f "./$name" ] && [ ! -L "./$name" ]; then printf "./%s\0" "$name"; fi
    done' sh
}

number() { tr -d ' \n'; }

files=$(tracked | tr -dc '\000' | wc -c | number)
lines=$(tracked | xargs -0 cat -- | wc -l | number)
bytes=$(tracked | xargs -0 cat -- | wc -c | number)
markers=$({ tracked | xargs -0 grep -ahwE 'TODO|FIXME' -- || true; } | wc -l | number)
printf '{"files": %s, "lines": %s, "bytes": %s, "markers": %s}\n' "$files" "$lines" "$bytes" "$markers"
