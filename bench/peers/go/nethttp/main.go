// A service on net/http and encoding/json as a good Go engineer writes it: pooled buffers and orders, a buffered channel
// as the bounded queue, a pool of workers behind it. Without -journal it stores nothing: an accepted order is queued,
// counted and forgotten. With -journal the answer waits for a group commit with fdatasync.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"sluice/bench/peers/go/journal"
)

func main() {
	address := flag.String("listen", "127.0.0.1:0", "address to listen on")
	path := flag.String("journal", "", "file to append to and sync; empty stores nothing")
	flag.Parse()
	if err := run(*address, *path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(address, path string) error {
	service, err := newService(path)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/order", service.takeOne)
	mux.HandleFunc("POST /api/orders", service.takeMany)
	fmt.Printf("listening on %s\n", listener.Addr())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 60 * time.Second}
	return server.Serve(listener)
}

func newService(path string) (*service, error) {
	s := &service{}
	if path == "" {
		s.queue = startWorkers()
		return s, nil
	}
	var err error
	s.journal, err = journal.Open(path)
	return s, err
}
