#!/bin/sh
# The site's own command: graceful of /srv/shop, for the deploy user and for whoever may become it. Root never executes what that
# user can write: sudo has become the deploy user before.
program=/srv/shop/bin/graceful
if [ "$(id -un)" = deploy ]; then
    exec "$program" "$@"
fi
exec sudo -H -u deploy -- "$program" "$@"
