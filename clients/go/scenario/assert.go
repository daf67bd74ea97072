package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
)

// equal ends the program unless both are the same.
func equal[T any](got, want T) {
	if !reflect.DeepEqual(got, want) {
		fail("got %v, want %v", got, want)
	}
}

// holds ends the program unless the condition holds.
func holds(condition bool) {
	if !condition {
		fail("does not hold")
	}
}

// must ends the program when a call has failed.
func must(err error) {
	if err != nil {
		fail("%v", err)
	}
}

// fail says which line of the scenario ends it.
func fail(format string, arguments ...any) {
	_, file, line, _ := runtime.Caller(2)
	fmt.Fprintf(os.Stderr, "%s:%d: %s\n", filepath.Base(file), line, fmt.Sprintf(format, arguments...))
	os.Exit(1)
}
