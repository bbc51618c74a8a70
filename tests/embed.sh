#!/usr/bin/env bash
# Installs into a scratch prefix, then builds and runs examples/embed against what is there alone.
#
#   tests/embed.sh BUILD
set -u
[ $# -eq 1 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 2; }
cd "$(dirname "$0")/.." || exit 4
build=$(realpath "$1") || exit 4
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix
log=$scratch/log
passed=0 failed=0
step() {
    local name=$1
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $name"
    else
        failed=$((failed + 1))
        echo "FAILED  $name"
        tail -n 30 "$log" | sed 's/^/    /'
    fi
}
# The flags of a make that runs this are not for the makes in here.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib PATH=$prefix/bin:$PATH

install_all() { make --no-print-directory BUILD="$build" PREFIX="$prefix" install; }
# A package is made of DESTDIR: the same files, and none of them knows of it.
install_staged() {
    make --no-print-directory BUILD="$build" PREFIX=/usr DESTDIR="$scratch/stage" install >/dev/null || return 1
    diff <(cd "$prefix" && find . ! -type d | sort) <(cd "$scratch/stage/usr" && find . ! -type d | sort) || return 1
    ! grep -r "$scratch" "$scratch/stage/usr/lib/pkgconfig"
}
only_seg_symbols() {
    ! nm -D --defined-only "$prefix"/lib/lib*.so.0 | awk 'NF == 3 && $3 !~ /^seg_/ { print; found = 1 } END { exit !found }'
}
# Who embeds the VM gets the C library and libffi, and nothing else.
vm_needs_little() {
    objdump -p "$prefix/lib/libsegvm.so.0" | awk '$1 == "NEEDED" { print $2 }' >"$scratch/needed"
    cat "$scratch/needed"
    ! grep -vE '^lib(c|m|ffi)\.so\.' "$scratch/needed"
}
sonames() {
    for library in libsegvm libseg; do
        objdump -p "$prefix/lib/$library.so.0" | grep -q "SONAME *$library.so.0" || return 1
    done
}
headers_alone() {
    for header in seg.h segc.h; do
        echo "#include <$header>" >"$scratch/one.c"
        cc -std=c17 -Wall -Wextra -Wpedantic -Werror -I"$prefix/include" -fsyntax-only "$scratch/one.c" || return 1
        g++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -I"$prefix/include" -fsyntax-only -x c++ "$scratch/one.c" || return 1
    done
}
service() {
    mkdir -p "$scratch/service" && cp -r examples/embed examples/first "$scratch/service/" || return 1
    make --no-print-directory -C "$scratch/service/embed" CFLAGS="-O2 -Wall -Wextra -Werror" embed first.img
}
service_output() {
    (cd "$scratch/service/embed" && ./embed first.img <lines.txt | diff -u expected.txt -)
}
service_static() {
    (cd "$scratch/service/embed" &&
        cc -std=gnu17 $(pkg-config --cflags segvm) -o embed-static embed.c "$prefix/lib/libsegvm.a" $(pkg-config --libs libffi) -lm &&
        ./embed-static first.img <lines.txt | diff -u expected.txt -)
}
# Native functions need the header and nothing else; the command loads what it is told to load.
natives() {
    mkdir -p "$scratch/natives" && cp examples/natives/*.c examples/natives/Makefile examples/natives/*.seg "$scratch/natives/" &&
        make --no-print-directory -C "$scratch/natives" CFLAGS="-O2 -Wall -Wextra -Wpedantic -Werror" || return 1
    (cd "$scratch/natives" && ! seg test && ! seg test --native geo=libgeo.so &&
        seg test --native geo=libgeo.so --native spendmodel=libspendmodel.so)
}
compiler_host() {
    cat >"$scratch/host.c" <<'END'
#include <segc.h>
#include <string.h>
int main(void) {
    const char *rule = "event visits from \"Page Viewed\"\nsegment quiet: no visits(30d)\n";
    const uint8_t *bytes;
    size_t size_bytes;
    seg_unit *unit;
    if (seg_unit_new(&unit, 0) || seg_unit_add(unit, "a.seg", rule, strlen(rule)) || seg_unit_check(unit)) return 1;
    int code = seg_unit_errors(unit) > 0 || seg_unit_image(unit, false, &bytes, &size_bytes);
    seg_unit_free(unit);
    return code;
}
END
    cc -std=c17 $(pkg-config --cflags seg) -o "$scratch/host" "$scratch/host.c" $(pkg-config --libs seg) &&
        "$scratch/host" &&
        g++ -x c $(pkg-config --cflags seg) -o "$scratch/host-static" "$scratch/host.c" -x none \
            "$prefix/lib/libseg.a" "$prefix/lib/libsegvm.a" -lcctz -lutf8proc -lsimdjson -lffi -lm && "$scratch/host-static"
}

step "make install" install_all
step "make install into DESTDIR puts the same files" install_staged
step "shared libraries export seg_ alone" only_seg_symbols
step "shared libraries carry their sonames" sonames
step "libsegvm needs the C library and libffi alone" vm_needs_little
step "each header stands alone, in C and in C++" headers_alone
step "the service builds by pkg-config alone" service
step "the service prints what it should" service_output
step "the service, linked statically" service_static
step "native functions against what is installed" natives
step "a host of the compiler, shared and static" compiler_host
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
