// Package problems finds what the service says of a failed call in the call's error.
package problems

import (
	"errors"

	universities "universities.example/client/generated"
)

// Of is the problem that the service answered with, or nil when the call failed in another way.
func Of(err error) *universities.Problem {
	var failed *universities.GenericOpenAPIError
	if !errors.As(err, &failed) {
		return nil
	}
	problem, ok := failed.Model().(universities.Problem)
	if !ok {
		return nil
	}
	return &problem
}
