package main

import (
	"runtime"
	"sync/atomic"
)

// queueCount bounds what waits for a worker; a full queue holds the handlers back.
const queueCount = 16_384

var processedCount atomic.Int64

// startWorkers starts the pool that takes accepted orders off the queue. Nothing is stored: the bench is about what it
// costs to get an order in.
func startWorkers() chan<- *request {
	queue := make(chan *request, queueCount)
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for q := range queue {
				processedCount.Add(1)
				requests.Put(q)
			}
		}()
	}
	return queue
}
