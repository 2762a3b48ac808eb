package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"

	"sluice/bench/peers/go/order"
)

// gatherBytes is what a bulk request hands to the journal at a time.
const gatherBytes = 1 << 20

type bulk struct {
	lines  *bufio.Reader
	order  order.Order
	feed   feed
	json   *json.Decoder
	gather bytes.Buffer
	done   chan struct{}
}

var bulks = sync.Pool{New: func() any {
	return &bulk{lines: bufio.NewReaderSize(nil, bodyBytesMax), done: make(chan struct{}, 1)}
}}

// takeMany reads NDJSON line by line, keeps the valid lines, and answers with counts once they are stored.
func (s *service) takeMany(w http.ResponseWriter, r *http.Request) {
	b := bulks.Get().(*bulk)
	defer bulks.Put(b)
	b.lines.Reset(r.Body)
	accepted, invalid := 0, 0
	for {
		line, err := b.lines.ReadSlice('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if b.decode(line) == nil && b.order.Validate() == nil {
				accepted++
				b.gather.Write(line)
			} else {
				invalid++
			}
		}
		if b.gather.Len() >= gatherBytes || err != nil {
			s.store(b)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	w.Header()["Content-Type"] = contentType
	w.WriteHeader(http.StatusAccepted)
	fmt.Fprintf(w, `{"accepted":%d,"duplicate":0,"conflict":0,"invalid":%d}`, accepted, invalid)
}

func (s *service) store(b *bulk) {
	if s.journal != nil && b.gather.Len() > 0 {
		s.journal.Append(b.gather.Bytes(), b.done)
	}
	b.gather.Reset()
}

// decode uses one decoder for all lines, which saves its allocation and its buffer; a line that was not exactly one value
// leaves the decoder in an unknown state, and a new one takes its place.
func (b *bulk) decode(line []byte) error {
	if b.json == nil {
		b.feed = feed{}
		b.json = json.NewDecoder(&b.feed)
		b.json.DisallowUnknownFields()
	}
	b.feed.line = line
	b.feed.total += int64(len(line))
	b.order.Reset()
	err := b.json.Decode(&b.order)
	if err == nil && b.feed.total-b.json.InputOffset() > 2 {
		err = errTrailing
	}
	if err != nil {
		b.json = nil
	}
	return err
}

var errTrailing = fmt.Errorf("more than one value on a line")

// feed hands a decoder one line at a time.
type feed struct {
	line  []byte
	total int64
}

func (f *feed) Read(into []byte) (int, error) {
	if len(f.line) == 0 {
		return 0, io.EOF
	}
	n := copy(into, f.line)
	f.line = f.line[n:]
	return n, nil
}
