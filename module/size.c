// SPDX-License-Identifier: GPL-2.0
/*
 * Parsing sizes that users write: a number with K, M, G, T or no suffix.
 *
 * Locking: none.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "size.h"

static size_t number_length(const char *text)
{
	if (text[0] == '0' && tolower(text[1]) == 'x')
		return 2 + strspn(text + 2, "0123456789abcdefABCDEF");
	return strspn(text, "0123456789");
}

/**
 * pga_parse_bytes() - parse a size
 * @text: a number with a suffix K, M, G or T, or without one
 * @ends: characters that may follow it, besides the end of the text
 * @bytes: set to the size in bytes
 * @rest: set to the character after the size
 *
 * memparse() ignores overflow: it returns 0 for 16777216T.
 *
 * Return: true if @text begins with a valid size.
 */
bool pga_parse_bytes(const char *text, const char *ends, u64 *bytes,
		     const char **rest)
{
	static const char suffixes[] = "KMGT";
	size_t len = number_length(text);
	const char *suffix;
	unsigned int shift = 0;
	char number[24];
	u64 value;

	if (len >= sizeof(number))
		return false;
	memset(number, 0, sizeof(number));
	memcpy(number, text, len);
	if (kstrtou64(number, tolower(number[1]) == 'x' ? 16 : 10, &value))
		return false;
	text += len;
	suffix = *text ? strchr(suffixes, toupper(*text)) : NULL;
	if (suffix) {
		shift = 10 * (suffix - suffixes + 1);
		text++;
	}
	if ((*text && !strchr(ends, *text)) || value > U64_MAX >> shift)
		return false;
	*bytes = value << shift;
	*rest = text;
	return true;
}

/**
 * pga_param_bytes() - parse a parameter that is a size
 * @name: name of the parameter, for the message
 * @text: its value, a number with K, M, G, T or no suffix; NULL leaves @bytes
 *	unchanged
 * @bytes: set to the size in bytes
 *
 * Return: 0, or -EINVAL (a message is in the log).
 */
int pga_param_bytes(const char *name, const char *text, u64 *bytes)
{
	const char *rest;

	if (!text || pga_parse_bytes(text, "", bytes, &rest))
		return 0;
	pr_err("%s: \"%s\": must be a number, with K, M, G, T or no suffix\n",
	       name, text);
	return -EINVAL;
}
