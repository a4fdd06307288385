// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sizes and addresses as text: 4K, 2M, 0x1000000. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/array_size.h"
#include "lib/pgarea.h"

static const char unit_letters[] = "KMGTP";
static const char *const unit_names[] = {
	"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB",
};

/* "", "K", "Ki" or "KiB": set how far to shift left */
static int parse_unit(const char *text, unsigned int *shift)
{
	const char *letter;

	*shift = 0;
	if (!*text)
		return 0;
	letter = strchr(unit_letters, toupper((unsigned char)*text));
	if (!letter)
		return -EINVAL;
	if (text[1] && strcasecmp(text + 1, "i") && strcasecmp(text + 1, "iB"))
		return -EINVAL;
	*shift = 10 * (letter - unit_letters + 1);
	return 0;
}

int pgarea_parse_size(const char *text, __u64 *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	unsigned long long number;
	unsigned int shift;
	char *end;

	if (hex)
		text += 2;
	if (!(hex ? isxdigit((unsigned char)*text) :
		    isdigit((unsigned char)*text)))
		return -EINVAL;
	/* "0x0x1": strtoull() would take a second prefix */
	if (hex && (text[1] == 'x' || text[1] == 'X'))
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, hex ? 16 : 10);
	if (parse_unit(end, &shift))
		return -EINVAL;
	if (errno || number > ~0ULL >> shift)
		return -EOVERFLOW;
	*value = number << shift;
	return 0;
}

/* @size as at most two decimals of a unit of 2^@shift bytes, when that is exact */
static bool format_exact(__u64 size, unsigned int shift, const char *unit,
			 char *text)
{
	__u64 whole = size >> shift;
	__u64 rest = size & ((1ULL << shift) - 1);
	__u64 hundredths;

	if (whole >= 100000)
		return false;
	/* the lowest 10 bits are clear from KiB on, or the text is not exact */
	if (shift && rest & ((1ULL << (shift - 10)) - 1))
		return false;
	hundredths = shift ? (rest >> (shift - 10)) * 100 : 0;
	if (hundredths % 1024)
		return false;
	hundredths /= 1024;
	if (!hundredths)
		snprintf(text, PGAREA_TEXT_SIZE, "%llu %s", whole, unit);
	else if (hundredths % 10)
		snprintf(text, PGAREA_TEXT_SIZE, "%llu.%02llu %s", whole,
			 hundredths, unit);
	else
		snprintf(text, PGAREA_TEXT_SIZE, "%llu.%llu %s", whole,
			 hundredths / 10, unit);
	return true;
}

const char *pgarea_format_size(__u64 size, char text[PGAREA_TEXT_SIZE])
{
	int top = 0;

	if (size == 1)
		return memcpy(text, "1 byte", sizeof("1 byte"));
	while (top + 1 < (int)ARRAY_SIZE(unit_names) && size >> (10 * top) >= 1024)
		top++;
	for (int unit = top; unit >= 0; unit--) {
		if (format_exact(size, 10 * unit, unit_names[unit], text))
			return text;
	}
	snprintf(text, PGAREA_TEXT_SIZE, "%.2f %s",
		 (double)size / (double)(1ULL << (10 * top)), unit_names[top]);
	return text;
}
