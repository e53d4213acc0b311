#!/bin/sh
# Cannot go on without a person: the first attempt blocks its task with a question, the second one reads the answer from
# the comments in its brief.
set -eu

answer=$(sed -n 's/^[> ]*Answer: //p' "$ANDON_BRIEF" | tail -n 1)
if [ -z "$answer" ]; then
  exec andon block "$ANDON_TASK" 'Which heading shall the report carry?'
fi
andon complete "$ANDON_TASK" --summary "$answer"
