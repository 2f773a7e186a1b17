// The board's side of the conversation: takes frames in order, drops and answers the others, calls the handler.
// States and errors are specified in docs/protocol.md.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "byte_stream.h"
#include "frame.h"
#include "handler.h"
#include "messages.h"

namespace tinykws {

// The frame buffer that suits a receive window: a host sends frames of at most half the window, so two fit in it.
// A frame of 511 bytes carries 250 samples at 98 % of the line rate; longer ones would gain little.
constexpr size_t frame_buffer_bytes(size_t window_bytes) {
  return window_bytes >= 1024 ? 512 : window_bytes < 64 ? 32 : window_bytes / 2 / 4 * 4;
}

class Session {
 public:
  // `buffer`: aligned to 4 bytes, of `buffer_bytes` (32 or more; see frame_buffer_bytes).
  // `window_bytes`: how many bytes the port's own receive buffer holds while the board is busy.
  Session(ByteStream& stream, Handler& handler, uint8_t* buffer, size_t buffer_bytes, uint16_t window_bytes);

  // Handles what has come. Returns false if nothing had: then a sketch may sleep until the port's next byte.
  bool poll();

 private:
  enum class State : uint8_t { idle, receiving, inferred, loaded, failed };

  void receive();
  void take_in_order();
  void poll_reply();
  void hello();
  void execute();
  bool answer();
  void begin();
  void load();
  void input(Input kind, size_t unit_bytes);
  void use();
  void infer();
  uint32_t checksum(Tensor tensor);
  void dump();
  void stats();

  void fail(Error error);
  void send_empty(Message type);
  void send_identity(Message type, uint32_t session, uint32_t nonce);
  void send_error(Error error, uint32_t session);
  void send_result();

  ByteStream& stream_;
  Handler& handler_;
  FrameReader frame_;
  const uint16_t largest_payload_;
  const uint16_t window_bytes_;

  uint32_t session_ = 0;   // the host's nonce; 0 before the first hello
  uint16_t expected_ = 0;  // sequence of the only frame that is executed next
  bool refused_ = false;   // a NAK for `expected_` is on its way

  State state_ = State::idle;
  Error error_ = Error::none;  // why `failed`
  Input input_ = Input::audio;
  uint32_t clip_ = 0;
  uint32_t left_ = 0;          // samples, features or bytes of a model still to come
  uint32_t input_crc_ = 0;     // over the input as it was handed to the handler
  uint32_t features_crc_ = 0;  // over the features of the last inference
  uint8_t label_count_ = 0;
  Result result_{};
  LinkStats stats_{};
};

}  // namespace tinykws
