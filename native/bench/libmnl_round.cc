// The lower bound for nf_tables when many published ports are moved: table `inet bench` exists with
// the map `ports`, whose elements have counters. A round replaces each of the first REPLACED
// elements by its neighbour, BATCH elements in one batch, one batch after the other.
// usage: libmnl_round ELEMENTS REPLACED BATCH    the map has ELEMENTS elements

#include <algorithm>
#include <cstdlib>

#include "bench/batch.h"
#include "bench/loop.h"

namespace {

constexpr const char *kMap = "ports";
constexpr int kFirstPort = 1024;
constexpr int kFirstTarget = 40000;
/** The number of elements in one message. */
constexpr int kMessage = 32;

/** The number of bytes for deleting and adding one element, including its share of a message. */
constexpr std::size_t kElement = 256;
constexpr std::size_t kEnds = 256;

int numberOf(const char *text) {
  return static_cast<int>(std::strtol(text, nullptr, 10));
}

std::uint16_t portOf(int index, bool is_moved) {
  return static_cast<std::uint16_t>(kFirstPort + 2 * index + (is_moved ? 1 : 0));
}

class Ports {
 public:
  explicit Ports(int batch)
      : batch_(kEnds + static_cast<std::size_t>(batch) * kElement), size_(batch) {}

  void add(int count) {
    forEachBatch(count, [this](int from, int to) { addSome(from, to); });
  }

  void move(int count) {
    is_moved_ = !is_moved_;
    forEachBatch(count, [this](int from, int to) {
      forEachMessage(from, to, [this](int first, int end) {
        batch_.remove(kMap);
        for (int index = first; index < end; ++index) batch_.key(portOf(index, !is_moved_));
      });
      addSome(from, to);
    });
  }

 private:
  template <class Work>
  void forEachBatch(int count, const Work& work) {
    for (int from = 0; from < count; from += size_) {
      batch_.begin();
      work(from, std::min(count, from + size_));
      batch_.commit();
    }
  }

  template <class Work>
  static void forEachMessage(int from, int to, const Work& work) {
    for (int first = from; first < to; first += kMessage)
      work(first, std::min(to, first + kMessage));
  }

  void addSome(int from, int to) {
    forEachMessage(from, to, [this](int first, int end) {
      batch_.add(kMap);
      for (int index = first; index < end; ++index) {
        const std::string comment = "name=p" + std::to_string(index) + " opt=v4";
        const auto target = static_cast<std::uint16_t>(kFirstTarget + index);
        batch_.element(portOf(index, is_moved_), target, comment);
      }
    });
  }

  portshift::bench::Batch batch_;
  int size_;
  bool is_moved_ = false;
};

}  // namespace

int main(int count, char **arguments) {
  if (count != 4) return 2;
  const int elements = numberOf(arguments[1]);
  const int replaced = numberOf(arguments[2]);
  Ports ports(numberOf(arguments[3]));
  ports.add(elements);
  return portshift::bench::serve([&ports, replaced] { ports.move(replaced); });
}
