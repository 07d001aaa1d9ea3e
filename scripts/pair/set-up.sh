#!/bin/sh
# Prepares the repository that carries a vault: set-up REPOSITORY, with gate and hook in $GATE and $HOOK. Every time again.
set -e
PATH=/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin:$PATH
repository=$1
umask 077
command -v git >/dev/null 2>&1 || { echo "git is not there (Debian: apt install git)" >&2; exit 3; }
if [ -e "$repository" ] && ! git -C "$repository" rev-parse --is-bare-repository 2>/dev/null | grep -qx true; then
  if [ -n "$(ls -A "$repository" 2>/dev/null)" ]; then
    echo "$repository is there, and is no bare repository of git’s" >&2
    exit 4
  fi
fi
mkdir -p "$(dirname "$repository")"
git init --quiet --bare --template= "$repository"
cd "$repository"
git symbolic-ref HEAD refs/heads/main
# What was sent once stays in the history, whoever holds a node’s key.
git config receive.denyNonFastForwards true
git config receive.denyDeletes true
git config transfer.fsckObjects true
git config core.fsync committed
git config receive.advertisePushOptions false
mkdir -p steward/wait hooks
# What each device keeps for itself is not to come from a phone with each look at it; and a plugin that came would be
# taken out again, there too.
if ! git rev-parse --quiet --verify refs/heads/main >/dev/null; then
  blob=$(printf '%s\n' '.obsidian/workspace*.json' '.obsidian/cache' '.obsidian/plugins/' '.trash/' '.steward/' .DS_Store |
    git hash-object -w --stdin)
  tree=$(printf '100644 blob %s\t.gitignore\n' "$blob" | git mktree)
  commit=$(git -c user.name=Steward -c user.email=steward@steward.invalid commit-tree -m 'what stays on each device' "$tree")
  git update-ref refs/heads/main "$commit" 0000000000000000000000000000000000000000
fi
put() {
  printf '%s' "$2" >"$1.new"
  chmod 700 "$1.new"
  mv -f "$1.new" "$1"
}
put steward/gate "$GATE"
if [ -e hooks/post-receive ] && ! grep -q 'Made by Steward' hooks/post-receive; then
  echo "hooks/post-receive is another program’s: nobody is woken, nodes look now and then" >&2
else
  put hooks/post-receive "$HOOK"
fi
pwd -P
