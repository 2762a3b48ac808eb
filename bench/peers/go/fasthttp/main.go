// The fastest common Go stack for this job, fasthttp with sonic, storing nothing: the same queue and pool of workers
// behind it as in nethttp. fasthttp reuses requests and bodies; sonic decodes with code it generates at run time, so the
// decoder for orders is made before the first request.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bytedance/sonic"
	"github.com/valyala/fasthttp"

	"sluice/bench/peers/go/order"
)

const (
	bodyBytesMax = 256 << 10
	queueCount   = 16_384
)

var (
	decoder        = sonic.Config{DisallowUnknownFields: true, ValidateString: true, CopyString: true}.Froze()
	orders         = sync.Pool{New: func() any { return new(order.Order) }}
	queue          = make(chan *order.Order, queueCount)
	processedCount atomic.Int64
)

func main() {
	address := flag.String("listen", "127.0.0.1:0", "address to listen on")
	flag.Parse()
	if err := run(*address); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(address string) error {
	if err := sonic.Pretouch(reflect.TypeFor[order.Order]()); err != nil {
		return err
	}
	for range runtime.GOMAXPROCS(0) {
		go work()
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("listening on %s\n", listener.Addr())
	server := &fasthttp.Server{
		Handler:            handle,
		MaxRequestBodySize: bodyBytesMax,
		ReadTimeout:        10 * time.Second,
		IdleTimeout:        60 * time.Second,
	}
	return server.Serve(listener)
}

func work() {
	for o := range queue {
		processedCount.Add(1)
		orders.Put(o)
	}
}

func handle(c *fasthttp.RequestCtx) {
	if !c.IsPost() || string(c.Path()) != "/api/order" {
		c.Error("not found", fasthttp.StatusNotFound)
		return
	}
	o := orders.Get().(*order.Order)
	o.Reset()
	if err := decoder.Unmarshal(c.PostBody(), o); err != nil {
		orders.Put(o)
		c.Error(err.Error(), fasthttp.StatusBadRequest)
		return
	}
	if err := o.Validate(); err != nil {
		orders.Put(o)
		c.Error(err.Error(), fasthttp.StatusUnprocessableEntity)
		return
	}
	accept(c, o.OrderID)
	queue <- o
}

func accept(c *fasthttp.RequestCtx, key string) {
	quoted, _ := sonic.MarshalString(key) // a string always marshals
	c.SetStatusCode(fasthttp.StatusAccepted)
	c.SetContentType("application/json")
	c.WriteString(`{"status":"accepted","key":`)
	c.WriteString(quoted)
	c.WriteString("}")
}
