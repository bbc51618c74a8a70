# What the build and its checks need from the distribution (Debian 12), and how it is installed when missing.
PACKAGES := gcc g++ libc6-dev re2c bison pkg-config libffi-dev libsimdjson-dev libcsv-dev zlib1g-dev \
	libutf8proc-dev libcctz-dev tzdata libxxhash-dev libcmocka-dev libre2-dev libz3-dev libsqlite3-dev sqlite3 libroaring-dev python3
PACKAGES_LINT := clang clang-tidy cppcheck universal-ctags
PACKAGES_FUZZ := clang llvm libclang-rt-14-dev
PACKAGES_COVERAGE := gcovr

SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

# $(call install_missing,PACKAGES): a recipe line that installs those that are missing, says so, and does nothing
# else. Where there is no dpkg, the packages are taken to be there under other names.
install_missing = command -v dpkg-query >/dev/null || exit 0; missing=; \
	for p in $(1); do \
	  dpkg-query -W -f='$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || missing="$$missing $$p"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "installing:$$missing"; \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null || \
	  { echo "could not install:$$missing" >&2; exit 4; }; \
	fi

.PHONY: bootstrap bootstrap-lint bootstrap-fuzz bootstrap-coverage
bootstrap: ## Installs the packages that the build needs and are missing
	@$(call install_missing,$(PACKAGES))
bootstrap-lint:
	@$(call install_missing,$(PACKAGES_LINT))
bootstrap-fuzz:
	@$(call install_missing,$(PACKAGES_FUZZ))
bootstrap-coverage:
	@$(call install_missing,$(PACKAGES_COVERAGE))
