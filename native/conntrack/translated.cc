#include "conntrack/translated.h"

#include "conntrack/connection_table.h"
#include "util/error.h"

namespace portshift::conntrack {

bool hasTranslatedConnections() {
  try {
    return ConnectionTable().hasTranslated();
  } catch (const Error&) {
    return true;
  }
}

}  // namespace portshift::conntrack
