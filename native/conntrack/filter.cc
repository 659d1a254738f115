#include "conntrack/filter.h"

namespace portshift::conntrack {

namespace {

bool matchesTarget(const Filter& filter, const Connection& connection) {
  const Endpoint& asked = connection.original.destination;
  const Endpoint& answers = connection.reply.source;
  if (!filter.translated) return !connection.destination_translated;
  if (!connection.destination_translated) return false;
  if (filter.target_port && answers.port != *filter.target_port) return false;
  return answers.address == filter.target_address.value_or(asked.address);
}

}  // namespace

bool matches(const Filter& filter, const Connection& connection) {
  const Endpoint& asked = connection.original.destination;
  if (connection.protocol != filter.protocol || !filter.ports.contains(asked.port)) return false;
  if (filter.unanswered && connection.answered) return false;
  if (filter.family && asked.address.family() != *filter.family) return false;
  if (filter.destination && asked.address != *filter.destination && !asked.address.isLoopback()) {
    return false;
  }
  return matchesTarget(filter, connection);
}

}  // namespace portshift::conntrack
