// Package journal is the durable variant's storage: one goroutine owns one file, gathers what waits, writes it with one
// call, syncs, and only then answers. Group commit without a timer: while one sync runs, the next records gather.
// It does not rotate, index or recover; a failed write or sync ends the process, since the page cache cannot be trusted.
package journal

import (
	"fmt"
	"os"
	"syscall"
)

const (
	waitingMax  = 65_536
	gatherBytes = 4 << 20
)

type entry struct {
	bytes []byte
	done  chan<- struct{}
}

// Journal takes entries from any goroutine.
type Journal struct {
	file    *os.File
	entries chan entry
}

// Open creates the file, which must not exist, and starts the writer.
func Open(path string) (*Journal, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	journal := &Journal{file: file, entries: make(chan entry, waitingMax)}
	go journal.write()
	return journal, nil
}

// Append returns once the bytes are on disk. It keeps no reference to them afterwards. `done` must have room for one.
func (j *Journal) Append(bytes []byte, done chan struct{}) {
	j.entries <- entry{bytes, done}
	<-done
}

func (j *Journal) write() {
	buffer := make([]byte, 0, gatherBytes)
	waiting := make([]chan<- struct{}, 0, 1024)
	for first := range j.entries {
		buffer, waiting = append(buffer[:0], first.bytes...), append(waiting[:0], first.done)
		for len(buffer) < gatherBytes && len(j.entries) > 0 {
			next := <-j.entries
			buffer, waiting = append(buffer, next.bytes...), append(waiting, next.done)
		}
		j.commit(buffer)
		for _, done := range waiting {
			done <- struct{}{}
		}
	}
}

func (j *Journal) commit(bytes []byte) {
	_, err := j.file.Write(bytes)
	if err == nil {
		err = syscall.Fdatasync(int(j.file.Fd()))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "journal:", err)
		os.Exit(1)
	}
}
