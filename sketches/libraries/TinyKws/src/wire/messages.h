// The words of the protocol: message types, error codes, tensors, and what a board tells of itself.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../network/logit_kind.h"

namespace tinykws {

constexpr uint8_t kProtocolVersion = 2;
constexpr uint16_t kLargestReply = 1024;  // payload bytes of a DUMP_REPLY

enum class Message : uint8_t {
  hello = 0x01,     // version u8, nonce u32
  begin = 0x02,     // clip u32, input u8, count u32
  audio = 0x03,     // int16 samples
  features = 0x04,  // uint8 features
  infer = 0x05,
  dump = 0x06,  // tensor u8, offset u32, count u16
  stats = 0x07,
  poll = 0x08,   // where are you? Its sequence is the host's next
  load = 0x09,   // bytes u32, model hash u32, bytes of the level's id u8
  model = 0x0A,  // bytes of the level's id, then of the model
  use = 0x0B,    // run with the model that was loaded
  ack = 0x80,
  hello_reply = 0x81,
  nak = 0x82,
  error = 0x83,  // code u8, text
  result = 0x85,
  dump_reply = 0x86,  // tensor u8, offset u32, bytes
  stats_reply = 0x87,
  poll_reply = 0x88,  // the sequence of the poll u16
  loaded = 0x89,      // as hello_reply
};

enum class Error : uint8_t {
  none = 0,
  no_session = 1,   // the board was reset, or never greeted
  malformed = 2,    // a payload of the wrong size or with a value out of range
  unknown = 3,      // a message type that this board does not have
  no_clip = 4,      // audio, features or infer without a begin of that kind; model or use without a load
  too_much = 5,     // more samples, features or bytes than begin or load announced
  incomplete = 6,   // infer or use before all of them, dump before infer
  unsupported = 7,  // a clip length, an input or a tensor that this board does not have
  no_room = 8,      // a model larger than the memory that this board has for one
  damaged = 9,      // a model whose hash, taken in the board's memory, is not the announced one
  unsound = 10,     // a model that this board can't run; the text says why
};

inline const char* text_of(Error error) {
  switch (error) {
    case Error::none: return "no error";
    case Error::no_session: return "no session: the board was reset, or never greeted";
    case Error::malformed: return "malformed payload";
    case Error::unknown: return "unknown message type";
    case Error::no_clip: return "no clip or model of this kind was begun";
    case Error::too_much: return "more than was announced";
    case Error::incomplete: return "the input or the inference is incomplete";
    case Error::unsupported: return "this board has no such input, clip length or tensor";
    case Error::no_room: return "this board has no memory for a model of this size";
    case Error::damaged: return "the model in the board's memory does not have the announced hash";
    case Error::unsound: return "the model is not one that this board can run";
  }
  return "unknown error";
}

// What comes in pieces. BEGIN announces the first two, LOAD the third.
enum class Input : uint8_t { audio = 0, features = 1, model = 2 };

enum class Tensor : uint8_t {
  features = 0,     // uint8 [49 time][40 channel]
  input = 1,        // uint8 codes, or float32, [49 time][40 channel]
  convolution = 2,  // uint8 codes, or float32, [25 time][20 frequency][filter]
  logits = 3,       // 4 bytes each, [label]
};

enum class Cache : uint8_t { off = 0, on = 1, unknown = 255 };

// What a board is and runs. Strings are UTF-8, at most 255 bytes.
struct Identity {
  uint32_t clock_hz;    // of the counter in which cycles are given
  uint32_t build_id;    // TINYHIL_BUILD_ID
  uint32_t model_hash;  // CRC-32 over the model blob as it lies in memory now
  uint32_t model_room;  // bytes of RAM for a model that is loaded; 0 where it is in flash
  Cache cache;          // of instructions
  LogitKind logits;
  uint8_t label_count;
  const char* board;
  const char* core;     // name and version of the Arduino core
  const char* level;    // canonical id; empty while no model is loaded
  const char* kernels;  // the variant in use
  const char* labels;   // `label_count` names, each ended by a zero, one after another
};

// What one inference gave. The pointers stay valid until the next begin.
struct Result {
  uint32_t nn_cycles;
  uint32_t postprocess_cycles;
  uint8_t label;
  uint16_t rows;                 // timed slices: 49 for audio, 0 for features
  const uint32_t* slice_cycles;  // [rows] preprocess
  const void* logits;            // [label_count] of 4 bytes: int32_t, or float
  const float* probabilities;    // [label_count]
};

// What the link has seen since the board started.
struct LinkStats {
  uint32_t accepted;  // frames executed
  uint32_t repeated;  // frames that had been executed before
  uint32_t skipped;   // frames ahead of the expected one, dropped
  uint32_t damaged;   // checksum, COBS or length wrong
};

}  // namespace tinykws
