// The board's protocol code on the host, for tests: `wire_host codec` reads commands, `wire_host board W` is a board
// with a window of W bytes that answers each piece of the line (u32 length, bytes) with one (u32 length, bytes).
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "wire/session.h"

using namespace tinykws;
using Bytes = std::vector<uint8_t>;

namespace {

// Hands out what it was given and keeps what is written.
class Line : public ByteStream {
 public:
  size_t read(uint8_t* into, size_t capacity) override {
    const size_t count = std::min(capacity, in.size() - read_);
    std::copy_n(in.begin() + static_cast<long>(read_), count, into);
    read_ += count;
    return count;
  }
  void write(const uint8_t* bytes, size_t count) override {
    largest_write = std::max(largest_write, count);
    out.insert(out.end(), bytes, bytes + count);
  }

  // Forgets everything, and makes room for `length` bytes to be read.
  void restart(size_t length) {
    in.resize(length);
    out.clear();
    read_ = 0;
  }

  Bytes in, out;
  size_t largest_write = 0;

 private:
  size_t read_ = 0;
};

// A board whose network is a checksum: one changed, lost or repeated sample changes every logit.
class ChecksumBoard : public Handler {
 public:
  Identity identity() override {
    const uint8_t labels = level_.empty() ? 0 : 4;
    return {64000000,         0x12345678, model_hash_,     kModelRoom, Cache::off,
            LogitKind::int32, labels,     "checksum",      "host 1",   level_.c_str(),
            "plain",          "silence\0unknown\0yes\0no"};
  }
  Error begin(uint32_t, Input input, uint32_t count) override {
    crc_ = 0;
    rows_ = input == Input::audio ? 49 : 0;
    return count > 16000 ? Error::unsupported : Error::none;
  }
  void audio(const int16_t* samples, size_t count) override { crc_ = crc32(crc_, samples, count * sizeof *samples); }
  void features(const uint8_t* features, size_t count) override { crc_ = crc32(crc_, features, count); }
  // Of a model it knows no more than its checksum, and that it has to begin with M.
  Error load(uint32_t bytes, uint32_t hash, uint8_t level_bytes) override {
    if (bytes > kModelRoom) return Error::no_room;
    level_bytes_ = level_bytes;
    coming_hash_ = hash;
    blob_.clear();
    level_.clear();
    model_hash_ = 0;
    return Error::none;
  }
  void model(const uint8_t* bytes, size_t count) override { blob_.insert(blob_.end(), bytes, bytes + count); }
  Error use() override {
    const size_t bytes = blob_.size() - level_bytes_;
    if (crc32(0, blob_.data() + level_bytes_, bytes) != coming_hash_) return Error::damaged;
    if (bytes == 0 || blob_[level_bytes_] != 'M') return Error::unsound;
    level_.assign(blob_.begin(), blob_.begin() + level_bytes_);
    model_hash_ = coming_hash_;
    return Error::none;
  }
  const char* model_fault() override { return "it does not begin with M"; }
  Result infer() override {
    ++inferences_;
    for (uint32_t i = 0; i < 4; ++i) {
      logits_[i] = static_cast<int32_t>(crc_ + i * 0x01010101u);
      probabilities_[i] = 0.25f;
    }
    for (uint32_t i = 0; i < 49; ++i) slices_[i] = 1000 + i;
    return {inferences_, 7, static_cast<uint8_t>(crc_ % 4), rows_, slices_, logits_, probabilities_};
  }
  uint32_t tensor_bytes(Tensor tensor) override {
    switch (tensor) {
      case Tensor::features: return 1960;
      case Tensor::input: return 0;
      case Tensor::convolution: return 4096;
      case Tensor::logits: return 16;
    }
    return 0;
  }
  void copy_tensor(Tensor tensor, uint32_t offset, uint8_t* into, size_t count) override {
    for (size_t i = 0; i < count; ++i) {
      const size_t at = offset + i;
      into[i] = tensor == Tensor::logits ? reinterpret_cast<const uint8_t*>(logits_)[at]
                                         : static_cast<uint8_t>(at / 3 * (at % 3) + crc_ % 251);
    }
  }
  uint32_t stack_high_water() override { return 0; }

 private:
  static constexpr uint32_t kModelRoom = 4096;

  std::string level_ = "int8-tflite";
  uint8_t level_bytes_ = 0;
  uint32_t model_hash_ = 0x9ABCDEF0, coming_hash_ = 0;
  Bytes blob_;
  uint32_t crc_ = 0;
  uint32_t inferences_ = 0;  // reported as cycles of nn: how often the network ran
  uint16_t rows_ = 0;
  int32_t logits_[4];
  float probabilities_[4];
  uint32_t slices_[49];
};

Bytes from_hex(const std::string& text) {
  Bytes bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::string to_hex(const uint8_t* bytes, size_t count) {
  std::string text;
  char digits[3];
  for (size_t i = 0; i < count; ++i) {
    snprintf(digits, sizeof digits, "%02x", bytes[i]);
    text += digits;
  }
  return text;
}

std::string encoded(uint32_t session, unsigned type, unsigned sequence, const Bytes& payload) {
  Line line;
  FrameWriter frame(line, session, static_cast<uint8_t>(type), static_cast<uint16_t>(sequence));
  frame.bytes(payload.data(), payload.size());
  frame.finish();
  return to_hex(line.out.data(), line.out.size()) + " " + std::to_string(line.largest_write);
}

std::string decoded(uint32_t session, size_t buffer_bytes, const Bytes& line) {
  alignas(4) static uint8_t buffer[4096];
  FrameReader reader(buffer, buffer_bytes);
  for (uint8_t byte : line) {
    if (!reader.take(byte)) continue;
    if (!reader.sealed_for(session)) return "damaged";
    return std::to_string(reader.type()) + " " + std::to_string(reader.sequence()) + " " +
           to_hex(reader.payload(), reader.payload_size());
  }
  return "nothing";
}

// "crc HEX", "encode SESSION TYPE SEQUENCE HEX", "decode SESSION BUFFER_BYTES HEX": one answer a line.
int codec() {
  std::string text;
  while (std::getline(std::cin, text)) {
    std::istringstream words(text);
    std::string command, hex;
    uint32_t session = 0;
    unsigned type = 0, sequence = 0;
    size_t buffer_bytes = 0;
    words >> command;
    if (command == "crc") {
      words >> hex;
      const Bytes bytes = from_hex(hex);
      std::cout << crc32(0, bytes.data(), bytes.size()) << std::endl;
    } else if (command == "encode") {
      words >> session >> type >> sequence >> hex;
      std::cout << encoded(session, type, sequence, from_hex(hex)) << std::endl;
    } else if (command == "decode") {
      words >> session >> buffer_bytes >> hex;
      std::cout << decoded(session, buffer_bytes, from_hex(hex)) << std::endl;
    } else {
      return 2;
    }
  }
  return 0;
}

int board(uint16_t window_bytes) {
  alignas(4) static uint8_t buffer[512];
  ChecksumBoard handler;
  uint32_t length = 0;
  Line line;
  Session session(line, handler, buffer, frame_buffer_bytes(window_bytes), window_bytes);
  while (fread(&length, sizeof length, 1, stdin) == 1) {
    line.restart(length);
    if (length > 0 && fread(line.in.data(), 1, length, stdin) != length) return 1;
    while (session.poll()) {
    }
    length = static_cast<uint32_t>(line.out.size());
    fwrite(&length, sizeof length, 1, stdout);
    if (length > 0) fwrite(line.out.data(), 1, length, stdout);
    fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int count, char** words) {
  if (count == 2 && strcmp(words[1], "codec") == 0) return codec();
  if (count == 3 && strcmp(words[1], "board") == 0) return board(static_cast<uint16_t>(atoi(words[2])));
  fprintf(stderr, "usage: wire_host codec | wire_host board WINDOW\n");
  return 2;
}
