package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"sync"

	"sluice/bench/peers/go/journal"
	"sluice/bench/peers/go/order"
)

const bodyBytesMax = 256 << 10

type service struct {
	queue   chan<- *request
	journal *journal.Journal
}

// request is what handling one order needs, pooled as a whole.
type request struct {
	order order.Order
	body  bytes.Buffer
	reply []byte
	done  chan struct{}
}

var requests = sync.Pool{New: func() any { return &request{done: make(chan struct{}, 1)} }}

func (s *service) takeOne(w http.ResponseWriter, r *http.Request) {
	q := requests.Get().(*request)
	q.order.Reset()
	q.body.Reset()
	if err := q.read(http.MaxBytesReader(w, r.Body, bodyBytesMax), s.journal != nil); err != nil {
		requests.Put(q)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := q.order.Validate(); err != nil {
		requests.Put(q)
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	q.reply = append(append(append(q.reply[:0], `{"status":"accepted","key":`...), quoted(q.order.OrderID)...), '}')
	if s.journal != nil {
		q.body.WriteByte('\n')
		s.journal.Append(q.body.Bytes(), q.done)
		accept(w, q.reply)
		requests.Put(q)
		return
	}
	accept(w, q.reply)
	s.queue <- q
}

// read decodes the body, and keeps its bytes when they will be stored.
func (q *request) read(body io.Reader, keep bool) error {
	if keep {
		body = io.TeeReader(body, &q.body)
	}
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&q.order); err != nil {
		return err
	}
	if decoder.More() {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func accept(w http.ResponseWriter, reply []byte) {
	w.Header()["Content-Type"] = contentType
	w.WriteHeader(http.StatusAccepted)
	_, _ = w.Write(reply) // the client may be gone; net/http closes the connection then
}

var contentType = []string{"application/json"}

func quoted(text string) []byte {
	bytes, _ := json.Marshal(text) // a string always marshals
	return bytes
}
