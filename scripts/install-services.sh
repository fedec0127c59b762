#!/usr/bin/env bash
# The real servers that `npm run test:services` runs against, without Docker. Go programs are built from pinned versions into a
# cache outside of the checkout, the others are the distribution's packages. May be run any number of times: what is there is
# kept, and a binary is built anew only when its pin below changes, because the pin is part of its file name.
#
#   scripts/install-services.sh           installs what is missing; one line per component
#   scripts/install-services.sh --print   installs nothing; prints NAME=path lines, fails when something is missing
set -euo pipefail

collector_version=0.159.0
# Jaeger 2.13.0, under the name its Go module has for it: v1.76.0 is the same commit, and the last release that a Go module proxy
# knows by a tag (v2.* are not versions of that module). deploy/jaeger/config.yaml is for this one and for later ones.
jaeger_version=2.13.0
jaeger_module=github.com/jaegertracing/jaeger@v1.76.0

services=${OTEL_PROGRESS_SERVICES:-${XDG_CACHE_HOME:-$HOME/.cache}/otel-progress/services}
[[ $services == /* ]] || services=$PWD/$services
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
manifest=$folder/otelcol-builder.yaml
# The Collector is what its manifest says: its components are part of the pin.
manifest_stamp=$(cksum <"$manifest" | tr -d ' ')
builder=$services/builder-$collector_version
collector=$services/otelcol-$collector_version-$manifest_stamp
jaeger=$services/jaeger-$jaeger_version

# The distribution's: NAME, its Debian package, and the commands that may provide it, in order of preference. No versions: a
# distribution removes older ones, so an exact pin would soon install nothing.
programs=(
  "PROMETHEUS_BIN prometheus prometheus"
  "PROMTOOL_BIN prometheus promtool"
  "ALERTMANAGER_BIN prometheus-alertmanager prometheus-alertmanager alertmanager"
  "AMTOOL_BIN prometheus-alertmanager amtool"
  "REDIS_SERVER_BIN redis-server redis-server"
  "CHROMIUM_BIN chromium chromium chromium-browser google-chrome"
  "TMUX_BIN tmux tmux"
  "ZSH_BIN zsh zsh"
  "FISH_BIN fish fish"
)

say() { echo "install-services: $*" >&2; }
fail() {
  say "$@"
  exit 1
}

# Prints the path of a program of the list above: that of the first of its commands that is there.
path_of() {
  local name package alternatives command
  read -r name package alternatives <<<"$1"
  for command in $alternatives; do command -v "$command" && return; done
  return 1
}

print_paths() {
  local line missing=() path
  for line in "OTELCOL_BIN=$collector" "JAEGER_BIN=$jaeger"; do
    if [[ -x ${line#*=} ]]; then echo "$line"; else missing+=("${line%%=*}"); fi
  done
  for line in "${programs[@]}"; do
    if path=$(path_of "$line"); then echo "${line%% *}=$path"; else missing+=("${line%% *}"); fi
  done
  ((${#missing[@]} == 0)) || fail "missing: ${missing[*]}; run scripts/install-services.sh"
}

# Runs a step silently, and shows what it said when it fails.
quietly() {
  "$@" >"$temporary/log" 2>&1 || {
    cat "$temporary/log" >&2
    fail "this failed: $*"
  }
}

# One line per component: name, version, path, and how long it took; "kept" when nothing had to be done.
report() { printf '%-24s %-14s %-6s %s\n' "$1" "$2" "$4" "$3"; }
since() { echo "$((SECONDS - $1))s"; }

require_go() {
  # Where Go's own instructions put it, for shells that do not know yet.
  PATH=$PATH:/usr/local/go/bin
  command -v go >/dev/null || fail "Go is missing. Install 1.26 or later as https://go.dev/doc/install says (the package of" \
    "Debian 12 is too old), put its bin folder on PATH, and run this again."
}

build_collector() {
  local start=$SECONDS
  [[ -x $collector ]] && { report Collector "$collector_version" "$collector" kept; return; }
  require_go
  if [[ ! -x $builder ]]; then
    quietly env GOBIN="$temporary" nice go install "go.opentelemetry.io/collector/cmd/builder@v$collector_version"
    mv "$temporary/builder" "$builder"
  fi
  awk -v path="$temporary/collector" '{ print } /^dist:/ { print "  output_path: " path }' "$manifest" >"$temporary/manifest.yaml"
  quietly env CGO_ENABLED=0 nice "$builder" --config "$temporary/manifest.yaml"
  mv "$temporary/collector/otelcol" "$collector"
  report Collector "$collector_version" "$collector" "$(since "$start")"
}

build_jaeger() {
  local start=$SECONDS
  [[ -x $jaeger ]] && { report Jaeger "$jaeger_version" "$jaeger" kept; return; }
  require_go
  # Not `go install`, which refuses a module with replace directives; and with the checksums that the module brings along.
  quietly go mod download "$jaeger_module"
  cp -r "$(go env GOMODCACHE)/$jaeger_module" "$temporary/source"
  chmod -R u+w "$temporary/source"
  quietly env CGO_ENABLED=0 nice go -C "$temporary/source" build -trimpath -buildvcs=false \
    -ldflags="-s -w -X github.com/jaegertracing/jaeger/internal/version.latestVersion=v$jaeger_version" \
    -o "$temporary/jaeger" ./cmd/jaeger
  mv "$temporary/jaeger" "$jaeger"
  report Jaeger "$jaeger_version" "$jaeger" "$(since "$start")"
}

as_root() { if ((EUID == 0)); then "$@"; else sudo "$@"; fi; }

installed() { [[ $(dpkg-query -W -f '${Status}' "$1" 2>/dev/null) == *" installed" ]]; }

# The tests start servers of their own; one that a package starts would hold the port. Only packages installed by this very run
# are stopped: a server that was there before is somebody's.
stop_service() {
  if [[ -d /run/systemd/system ]]; then
    as_root systemctl disable --now "$1" >/dev/null 2>&1 || true
  elif [[ -x /etc/init.d/$1 ]]; then
    as_root "/etc/init.d/$1" stop >/dev/null 2>&1 || true
  fi
}

install_packages() {
  local line name package rest missing=() packages=() new=() start=$SECONDS
  for line in "${programs[@]}"; do
    path_of "$line" >/dev/null && continue
    read -r name package rest <<<"$line"
    missing+=("$name")
    [[ " ${packages[*]-} " == *" $package "* ]] || packages+=("$package")
  done
  ((${#missing[@]} > 0)) || { report_packages kept; return; }
  command -v apt-get >/dev/null || fail "not found: ${missing[*]}. This system has no apt-get: install them with its own" \
    "package manager, so that the commands are on PATH, and run this again."
  for package in "${packages[@]}"; do installed "$package" || new+=("$package"); done
  quietly as_root apt-get update
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"
  for package in "${new[@]}"; do
    case $package in redis-server | prometheus | prometheus-alertmanager) stop_service "$package" ;; esac
  done
  report_packages "$(since "$start")"
}

version_of() {
  case $1 in
  */tmux) "$1" -V ;;
  *) "$1" --version 2>&1 ;;
  esac | grep -oE '[0-9]+(\.[0-9]+)+[a-z]?' | head -n 1
}

report_packages() {
  local line path
  for line in "${programs[@]}"; do
    path=$(path_of "$line") || fail "${line%% *} is missing although its package was installed"
    report "$(basename "$path")" "$(version_of "$path" || true)" "$path" "$1"
  done
}

case ${1:-} in
--print)
  print_paths
  exit
  ;;
"") ;;
*) fail "unknown argument $1; the only one is --print" ;;
esac

mkdir -p "$services"
# On the same file system as the cache, so that moving a finished binary there is atomic.
temporary=$(mktemp -d "$services/.building.XXXXXX")
trap 'chmod -R u+w "$temporary" && rm -rf "$temporary"' EXIT
# Nobody's module, so that Go looks at what it is told only.
cd "$temporary"

install_packages
build_collector
build_jaeger
echo "total $(since 0)"
