#pragma once

#include <string>

#include "util/bytes.h"

namespace portshift::nft {

/** The longest comment, in bytes, that nft(8) reads back. */
constexpr std::size_t kLongestComment = 128;

/**
 * Encodes a comment as user data of a rule or set element, cut at kLongestComment bytes. User data
 * has the layout of nft(8): records of a type, a length and that many bytes. Type 0 of rules and
 * elements is a comment that ends in a zero byte.
 */
Bytes encodeComment(const std::string& comment);

/** Encodes the record by which nft(8) recognizes that no element ends the range. */
Bytes encodeOpenEnd();

/** Returns the comment, or an empty string if there is none. */
std::string decodeComment(ByteView user_data);

}  // namespace portshift::nft
