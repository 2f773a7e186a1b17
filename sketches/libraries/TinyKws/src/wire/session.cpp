#include "session.h"

namespace tinykws {

Session::Session(ByteStream& stream, Handler& handler, uint8_t* buffer, size_t buffer_bytes, uint16_t window_bytes)
    : stream_(stream),
      handler_(handler),
      frame_(buffer, buffer_bytes),
      largest_payload_(static_cast<uint16_t>(buffer_bytes - 1 - kFrameHead - kFrameTail)),
      window_bytes_(window_bytes) {}

bool Session::poll() {
  uint8_t piece[32];
  const size_t count = stream_.read(piece, sizeof piece);
  for (size_t i = 0; i < count; ++i) {
    if (frame_.take(piece[i])) receive();
  }
  return count > 0;
}

void Session::receive() {
  if (frame_.sealed_for(0) && frame_.type() == static_cast<uint8_t>(Message::hello)) return hello();
  if (session_ == 0) return send_error(Error::no_session, 0);
  if (!frame_.sealed_for(session_)) {
    ++stats_.damaged;
    return send_empty(Message::nak);
  }
  if (frame_.type() == static_cast<uint8_t>(Message::poll)) return poll_reply();
  take_in_order();
}

// Says which frame is expected. All that came before the poll was read before it, so the host knows what is lost.
void Session::poll_reply() {
  FrameWriter reply(stream_, session_, static_cast<uint8_t>(Message::poll_reply), expected_);
  reply.u16(frame_.sequence());
  reply.finish();
}

void Session::take_in_order() {
  const int16_t ahead = static_cast<int16_t>(frame_.sequence() - expected_);
  if (ahead > 0) {
    ++stats_.skipped;
    if (!refused_) send_empty(Message::nak);
    refused_ = true;
  } else if (ahead < 0) {
    ++stats_.repeated;
    send_empty(Message::ack);
    if (ahead == -1 && !answer() && state_ == State::failed) send_error(error_, session_);
  } else {
    ++stats_.accepted;
    ++expected_;
    refused_ = false;
    send_empty(Message::ack);
    execute();
  }
}

// Opens a session, unless it is this one again: then only the answer was lost.
void Session::hello() {
  if (frame_.payload_size() < 5) return;
  const uint8_t version = frame_.payload()[0];
  const uint32_t nonce = load_u32(frame_.payload() + 1);
  if (version == kProtocolVersion && nonce != 0 && nonce != session_) {
    session_ = nonce;
    expected_ = 0;
    refused_ = false;
    state_ = State::idle;
  }
  send_identity(Message::hello_reply, 0, nonce);
}

void Session::execute() {
  if (answer()) return;
  switch (static_cast<Message>(frame_.type())) {
    case Message::begin: return begin();
    case Message::load: return load();
    case Message::audio: return input(Input::audio, sizeof(int16_t));
    case Message::features: return input(Input::features, sizeof(uint8_t));
    case Message::model: return input(Input::model, sizeof(uint8_t));
    default: return fail(Error::unknown);
  }
}

// Answers a question; false if the frame is none. Asked twice, it is answered twice.
bool Session::answer() {
  switch (static_cast<Message>(frame_.type())) {
    case Message::infer: infer(); return true;
    case Message::dump: dump(); return true;
    case Message::stats: stats(); return true;
    case Message::use: use(); return true;
    default: return false;
  }
}

void Session::begin() {
  if (frame_.payload_size() != 9 || frame_.payload()[4] > static_cast<uint8_t>(Input::features)) {
    return fail(Error::malformed);
  }
  clip_ = load_u32(frame_.payload());
  input_ = static_cast<Input>(frame_.payload()[4]);
  left_ = load_u32(frame_.payload() + 5);
  input_crc_ = 0;
  state_ = State::receiving;
  const Error error = handler_.begin(clip_, input_, left_);
  if (error != Error::none) fail(error);
}

void Session::load() {
  if (frame_.payload_size() != 9) return fail(Error::malformed);
  const uint32_t bytes = load_u32(frame_.payload());
  const uint8_t level_bytes = frame_.payload()[8];
  input_ = Input::model;
  left_ = bytes + level_bytes;
  input_crc_ = 0;
  state_ = State::receiving;
  const Error error = handler_.load(bytes, load_u32(frame_.payload() + 4), level_bytes);
  if (error != Error::none) fail(error);
}

// Hands on the next samples, features or bytes of a model, of `unit_bytes` each.
void Session::input(Input kind, size_t unit_bytes) {
  const size_t count = frame_.payload_size() / unit_bytes;
  if (state_ == State::failed) return fail(error_);
  if (state_ != State::receiving || kind != input_) return fail(Error::no_clip);
  if (count * unit_bytes != frame_.payload_size()) return fail(Error::malformed);
  if (count > left_) return fail(Error::too_much);
  left_ -= static_cast<uint32_t>(count);
  input_crc_ = crc32(input_crc_, frame_.payload(), frame_.payload_size());
  switch (kind) {
    case Input::audio: return handler_.audio(reinterpret_cast<const int16_t*>(frame_.payload()), count);
    case Input::features: return handler_.features(frame_.payload(), count);
    case Input::model: return handler_.model(frame_.payload(), count);
  }
}

// Has the model checked that was loaded, and says what the board is and runs with it.
void Session::use() {
  if (state_ == State::failed) return send_error(error_, session_);
  if (state_ != State::loaded) {
    if (state_ != State::receiving || input_ != Input::model) return send_error(Error::no_clip, session_);
    if (left_ > 0) return send_error(Error::incomplete, session_);
    const Error error = handler_.use();
    if (error != Error::none) return fail(error);
  }
  state_ = State::loaded;
  send_identity(Message::loaded, session_, session_);
}

void Session::infer() {
  if (state_ == State::failed) return send_error(error_, session_);
  if (state_ == State::idle || state_ == State::loaded || input_ == Input::model) {
    return send_error(Error::no_clip, session_);
  }
  if (left_ > 0) return send_error(Error::incomplete, session_);
  if (state_ == State::receiving) {
    result_ = handler_.infer();
    features_crc_ = checksum(Tensor::features);
  }
  state_ = State::inferred;
  send_result();
}

// CRC-32 over a tensor as a dump would send it; 0 if this build does not keep it.
uint32_t Session::checksum(Tensor tensor) {
  const uint32_t size = handler_.tensor_bytes(tensor);
  uint32_t crc = 0;
  uint8_t piece[64];
  for (uint32_t at = 0; at < size;) {
    const uint32_t taken = size - at < sizeof piece ? size - at : static_cast<uint32_t>(sizeof piece);
    handler_.copy_tensor(tensor, at, piece, taken);
    crc = crc32(crc, piece, taken);
    at += taken;
  }
  return crc;
}

void Session::dump() {
  if (frame_.payload_size() != 7) return send_error(Error::malformed, session_);
  if (state_ != State::inferred) return send_error(Error::incomplete, session_);
  const uint8_t code = frame_.payload()[0];
  const uint32_t offset = load_u32(frame_.payload() + 1);
  const uint16_t count = load_u16(frame_.payload() + 5);
  const Tensor tensor = static_cast<Tensor>(code);
  const uint32_t size = code <= static_cast<uint8_t>(Tensor::logits) ? handler_.tensor_bytes(tensor) : 0;
  if (size == 0) return send_error(Error::unsupported, session_);
  if (offset > size || count > kLargestReply) return send_error(Error::malformed, session_);

  FrameWriter reply(stream_, session_, static_cast<uint8_t>(Message::dump_reply), expected_);
  reply.u8(code);
  reply.u32(offset);
  const uint32_t end = size - offset < count ? size : offset + count;
  uint8_t piece[64];
  for (uint32_t at = offset; at < end;) {
    const uint32_t taken = end - at < sizeof piece ? end - at : static_cast<uint32_t>(sizeof piece);
    handler_.copy_tensor(tensor, at, piece, taken);
    reply.bytes(piece, taken);
    at += taken;
  }
  reply.finish();
}

void Session::stats() {
  FrameWriter reply(stream_, session_, static_cast<uint8_t>(Message::stats_reply), expected_);
  reply.u32(handler_.stack_high_water());
  reply.u32(stats_.accepted);
  reply.u32(stats_.repeated);
  reply.u32(stats_.skipped);
  reply.u32(stats_.damaged);
  reply.finish();
}

// The clip or model is lost: says so now, and to all its input that is still to come.
void Session::fail(Error error) {
  state_ = State::failed;
  error_ = error;
  send_error(error, session_);
}

void Session::send_empty(Message type) {
  FrameWriter(stream_, session_, static_cast<uint8_t>(type), expected_).finish();
}

// Says what the board is and runs.
void Session::send_identity(Message type, uint32_t session, uint32_t nonce) {
  const Identity identity = handler_.identity();
  label_count_ = identity.label_count;
  FrameWriter reply(stream_, session, static_cast<uint8_t>(type), expected_);
  reply.u8(kProtocolVersion);
  reply.u8(static_cast<uint8_t>(identity.cache));
  reply.u8(static_cast<uint8_t>(identity.logits));
  reply.u8(identity.label_count);
  reply.u32(nonce);
  reply.u32(identity.clock_hz);
  reply.u32(identity.build_id);
  reply.u32(identity.model_hash);
  reply.u16(window_bytes_);
  reply.u16(largest_payload_);
  reply.u16(kLargestReply);
  reply.u32(identity.model_room);
  reply.text(identity.board);
  reply.text(identity.core);
  reply.text(identity.level);
  reply.text(identity.kernels);
  const char* label = identity.labels;
  for (uint8_t i = 0; i < identity.label_count; ++i) {
    reply.text(label);
    label += strlen(label) + 1;
  }
  reply.finish();
}

void Session::send_error(Error error, uint32_t session) {
  FrameWriter reply(stream_, session, static_cast<uint8_t>(Message::error), expected_);
  reply.u8(static_cast<uint8_t>(error));
  const char* const text = error == Error::unsound ? handler_.model_fault() : text_of(error);
  reply.bytes(text, strlen(text));
  reply.finish();
}

void Session::send_result() {
  FrameWriter reply(stream_, session_, static_cast<uint8_t>(Message::result), expected_);
  reply.u32(clip_);
  reply.u8(result_.label);
  reply.u8(label_count_);
  reply.u16(result_.rows);
  reply.u32(input_crc_);
  reply.u32(features_crc_);
  reply.u32(result_.nn_cycles);
  reply.u32(result_.postprocess_cycles);
  reply.bytes(result_.logits, 4u * label_count_);
  reply.bytes(result_.probabilities, 4u * label_count_);
  reply.bytes(result_.slice_cycles, 4u * result_.rows);
  reply.finish();
}

}  // namespace tinykws
