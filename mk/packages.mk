# What the build needs from the distribution (Debian 12), and how it is installed when missing.
PACKAGES := gcc g++ re2c bison pkg-config libffi-dev libsimdjson-dev libcsv-dev zlib1g-dev \
	libutf8proc-dev libcctz-dev tzdata libxxhash-dev libcmocka-dev libsqlite3-dev sqlite3

SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)
missing_packages = $(shell for p in $(PACKAGES); do dpkg-query -W -f='$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || echo $$p; done)

.PHONY: bootstrap
# Order-only for everything that compiles: installs what is missing, says so, and does nothing else.
bootstrap:
	@missing="$(missing_packages)"; if [ -n "$$missing" ]; then \
	  echo "installing: $$missing"; \
	  $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing >/dev/null || \
	  { echo "could not install: $$missing" >&2; exit 4; }; fi
