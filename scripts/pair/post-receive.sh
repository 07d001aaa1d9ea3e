#!/bin/sh
# Tells the nodes that wait that the vault has changed, but not the one that changed it. Made by Steward.
changed=
while read -r _ _ ref; do
  case $ref in refs/heads/steward/*) ;; refs/heads/*) changed=yes ;; esac
done
[ -n "$changed" ] || exit 0
for pipe in steward/wait/*; do
  [ -p "$pipe" ] && [ "${pipe##*/}" != "$STEWARD_NODE" ] || continue
  (printf 'changed\n' 1<>"$pipe") >/dev/null 2>&1 &
done
exit 0
