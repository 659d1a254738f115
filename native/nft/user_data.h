#pragma once

#include <string>

#include "common/bytes.h"

namespace portshift::nft {

/** The longest comment that nft(8) reads back. */
constexpr std::size_t kLongestComment = 128;

/**
 * What tables, rules and set elements carry for whoever made them, as nft(8) lays it out: records
 * of a type, a length and that many bytes. Type 0 of rules and elements is a comment that ends in a
 * zero byte.
 */
Bytes encodeComment(const std::string& comment);

/** Tells nft(8) that no element follows that ends a range. */
Bytes encodeOpenEnd();

/** Empty where there is none. */
std::string decodeComment(ByteView user_data);

}  // namespace portshift::nft
