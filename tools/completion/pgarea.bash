# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bash completion for pgarea(1)

# The names of the areas, if the device may be opened
_pgarea_areas() {
	pgarea areas 2>/dev/null | sed -n '2,$s/ .*//p'
}

# The names of persistent blocks and reservations, by their nodes
_pgarea_persistent() {
	local node
	for node in /dev/pgarea-*; do
		[ ! -e "$node" ] || echo "${node#/dev/pgarea-}"
	done
}

# Addresses of PCI functions
_pgarea_functions() {
	local function
	for function in /sys/bus/pci/devices/*; do
		[ ! -e "$function" ] || echo "${function##*/}"
	done
}

# The options of a verb, from its help
_pgarea_options() {
	pgarea "$@" --help 2>/dev/null | grep -oE -- '--[a-z-]+=?' | sort -u
}

# Words with a colon are completed after it, where bash ends words there
_pgarea_after_colon() {
	local i front=${1%"${1##*:}"}
	[[ $1 == *:* && $COMP_WORDBREAKS == *:* ]] || return
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=${COMPREPLY[i]#"$front"}
	done
}

# The address of --bind so far, which bash has split at its colons
_pgarea_address() {
	local line=${COMP_LINE:0:COMP_POINT}
	line=${line##*--bind}
	echo "${line#[= ]}"
}

_pgarea() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
	local verb=${COMP_WORDS[1]} words address
	local verbs="info areas map blocks alloc reserve probe run remove free wait"
	verbs+=" create resize shrink destroy help"

	# "--option=VALUE" comes as three words
	[ "$current" != = ] || current=
	[ "$previous" != = ] || previous=${COMP_WORDS[COMP_CWORD-2]}
	address=$(_pgarea_address)
	if [ "$COMP_CWORD" -eq 1 ]; then
		words="$verbs --help"
	elif [[ ${COMP_LINE:0:COMP_POINT} == *--bind[=\ ]* && $address != *\ * ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_pgarea_functions)" -- "$address")
		_pgarea_after_colon "$address"
		return
	elif [ "$previous" = --area ]; then
		words=$(_pgarea_areas)
	elif [ "$previous" = --orphan-ms ]; then
		words=none
	elif [ "$previous" = --device ]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
	elif [[ $current == -* ]]; then
		words=$(_pgarea_options "$verb")
	elif [[ $verb == @(areas|map|resize|shrink|destroy) ]]; then
		words=$(_pgarea_areas)
	elif [ "$verb" = remove ]; then
		words=$(_pgarea_persistent)
	elif [ "$verb" = help ]; then
		words=${verbs% help}
	elif [ "$verb" = run ]; then
		mapfile -t COMPREPLY < <(compgen -c -- "$current")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
	[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
}

complete -F _pgarea pgarea
