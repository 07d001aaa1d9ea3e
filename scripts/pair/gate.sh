#!/bin/sh
# All that a node of Steward’s may do here: carry this one vault, and wait to be told that it changed.
# authorized_keys names it for each key:  restrict,command="'<repository>/steward/gate' <node> <print>" ssh-ed25519 …
PATH=/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin:$PATH
node=$1
here=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1
pipes=$here/steward/wait
umask 077
case $node in '' | *[!a-z0-9-]*) echo "This key names no node." >&2; exit 126 ;; esac
# A connection outlives the line that let it in: a node that was parted from is asked for here, each time.
if [ -z "$2" ] || [ "$(cat "$here/steward/nodes/$node" 2>/dev/null)" != "$2" ]; then
  echo "This node is not let in here any more." >&2
  exit 126
fi

# Puts a line into the pipe of each node that waits, but not our own: all of them, or one by name. Opened for both
# directions, a pipe that nobody reads holds nobody up.
pass() {
  for pipe in "$pipes"/*; do
    name=${pipe##*/}
    [ -p "$pipe" ] && [ "$name" != "$node" ] || continue
    [ "$1" = '*' ] || [ "$1" = "$name" ] || continue
    (printf 'from %s %s\n' "$node" "$2" 1<>"$pipe") >/dev/null 2>&1 &
  done
}

case $SSH_ORIGINAL_COMMAND in
  'git-upload-pack '* | 'git upload-pack '*)
    exec git upload-pack --strict "$here" ;;
  'git-receive-pack '* | 'git receive-pack '*)
    STEWARD_NODE=$node
    export STEWARD_NODE
    exec git receive-pack "$here" ;;
  steward-wait)
    mkdir -p "$pipes" && cd "$pipes" || exit 1
    # One waiter for each node: an earlier one, whose connection may be long gone, ends.
    [ -p "$node" ] && (printf 'bye\n' 1<>"$node") 2>/dev/null
    rm -f "$node" && mkfifo "$node" || exit 1
    exec 3<>"$node" 4<&0
    echo ready
    # What the node says is for the others; where its connection ends, so does the waiting.
    (
      exec 0<&4
      while IFS= read -r line; do
        [ ${#line} -le 500 ] || continue
        to=${line%% *}
        case $to in '*') ;; '' | *[!a-z0-9-]*) continue ;; esac
        pass "$to" "${line#* }"
      done
      printf 'bye\n' >&3
    ) &
    while IFS= read -r line <&3; do
      [ "$line" != bye ] && printf '%s\n' "$line" || break
    done
    kill $! 2>/dev/null
    exit 0 ;;
  *)
    echo "This key is for Steward’s sync of one vault, and for nothing else." >&2
    exit 126 ;;
esac
