// An echo server with an idle limit, in each way that Go has for it: idle TECHNIQUE [SECONDS].
// Go enters the kernel by itself: the fast clock does not reach it.
package main

import (
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

var idle = 30 * time.Second

func letGo(client net.Conn) {
	client.Write([]byte("TIMEOUT\n"))
	client.Close()
}

func serve(client net.Conn, technique string) {
	defer client.Close()
	data := make([]byte, 4096)
	last := time.Now().UnixNano()
	var timer *time.Timer
	spoke, ended := make(chan bool), make(chan bool)
	defer close(ended)
	switch technique {
	case "AfterFunc":
		timer = time.AfterFunc(idle, func() { letGo(client) })
	case "After":
		go func() {
			for {
				select {
				case <-spoke:
				case <-ended:
					return
				case <-time.After(idle):
					letGo(client)
				}
			}
		}()
	case "Sleep":
		go func() {
			for time.Since(time.Unix(0, atomic.LoadInt64(&last))) < idle {
				time.Sleep(time.Second)
			}
			letGo(client)
		}()
	}
	for {
		if technique == "SetReadDeadline" {
			client.SetReadDeadline(time.Now().Add(idle))
		}
		size, err := client.Read(data)
		if err != nil {
			if failure, ok := err.(net.Error); ok && failure.Timeout() {
				letGo(client)
			}
			return
		}
		atomic.StoreInt64(&last, time.Now().UnixNano())
		if timer != nil {
			timer.Reset(idle)
		}
		if technique == "After" {
			spoke <- true
		}
		client.Write(data[:size])
	}
}

func main() {
	if len(os.Args) > 2 {
		seconds, _ := strconv.Atoi(os.Args[2])
		idle = time.Duration(seconds) * time.Second
	}
	server, err := net.Listen("tcp", "127.0.0.1:8000")
	if err != nil {
		panic(err)
	}
	for {
		client, err := server.Accept()
		if err != nil {
			return
		}
		go serve(client, os.Args[1])
	}
}
