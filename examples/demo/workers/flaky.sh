#!/bin/sh
# Reads the repository's history. Fails on its first attempt, like a service that is not there yet; the brief of the
# second attempt tells of the first.
set -eu

if ! grep -q 'Prior attempts' "$ANDON_BRIEF"; then
  echo 'error: the history is not reachable (on purpose: this worker fails once)' >&2
  exit 1
fi

cd "$DEMO_REPOSITORY"
commits=$(git rev-list --count HEAD 2>/dev/null || echo 0)
authors=$(git log --format=%aE 2>/dev/null | sort -u | wc -l | tr -d ' ')
andon complete "$ANDON_TASK" --summary "commits: $commits, authors: $authors" \
  --metadata "{\"commits\": $commits, \"authors\": $authors}"
