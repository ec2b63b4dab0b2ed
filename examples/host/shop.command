#!/bin/sh
# The site's own command: graceful of /srv/shop, for the deploy user and for whoever may become it. Root never executes what that
# user can write: sudo has become the deploy user before.
program=/srv/shop/bin/graceful
fail() {
    echo "shop: $1" >&2
    exit 69
}
[ -x "$program" ] || fail "there is no $program yet: the first deploy of this site brings it"
if [ "$(id -un)" = deploy ]; then
    exec "$program" "$@"
fi
command -v sudo >/dev/null || fail 'sudo is needed to become the user deploy, and is not installed'
exec sudo -H -u deploy -- "$program" "$@"
