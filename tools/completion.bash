# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bash completion for pgarea(1)

# The names of the areas, as far as the device may be opened
_pgarea_areas() {
	pgarea areas 2>/dev/null | sed -n '2,$s/ .*//p'
}

# The options of a verb, from its help
_pgarea_options() {
	pgarea "$@" --help 2>/dev/null | grep -oE -- '--[a-z-]+=?' | sort -u
}

_pgarea() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
	local verb=${COMP_WORDS[1]} words

	# "--option=VALUE" comes as three words
	[ "$current" != = ] || current=
	[ "$previous" != = ] || previous=${COMP_WORDS[COMP_CWORD-2]}
	if [ "$COMP_CWORD" -eq 1 ]; then
		words="info areas map blocks alloc reserve run help --help"
	elif [ "$previous" = --area ]; then
		words=$(_pgarea_areas)
	elif [ "$previous" = --device ]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
	elif [[ $current == -* ]]; then
		words=$(_pgarea_options "$verb")
	elif [ "$verb" = areas ] || [ "$verb" = map ]; then
		words=$(_pgarea_areas)
	elif [ "$verb" = help ]; then
		words="info areas map blocks alloc reserve run"
	elif [ "$verb" = run ]; then
		mapfile -t COMPREPLY < <(compgen -c -- "$current")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
	[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
}

complete -F _pgarea pgarea
