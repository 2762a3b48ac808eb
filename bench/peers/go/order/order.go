// Package order holds the record every peer takes and its full validation, as a Go service would write it: a struct with
// tags, pointers where presence matters, and a Validate method. It refuses what the default `orders` schema refuses,
// except that encoding/json matches member names without regard to case and lets the last of two equal names win.
package order

import (
	_ "embed"
	"errors"
	"strings"
	"time"
	"unicode/utf8"
)

// Order is one record. Pointers tell an absent member from a zero.
type Order struct {
	OrderID   string   `json:"orderId"`
	UserID    *int64   `json:"userId"`
	Currency  string   `json:"currency"`
	Total     *float64 `json:"total"`
	Items     []Item   `json:"items"`
	Note      *string  `json:"note"`
	CreatedAt *string  `json:"createdAt"`
}

// Item is one line of an order.
type Item struct {
	SKU   string   `json:"sku"`
	Qty   *int64   `json:"qty"`
	Price *float64 `json:"price"`
}

// Each refusal is made once, so that refusing allocates nothing.
var (
	errOrderID   = errors.New("orderId: 1 to 64 characters are needed")
	errUserID    = errors.New("userId: an integer of at least 1 is needed")
	errCurrency  = errors.New("currency: an ISO 4217 code is needed")
	errTotal     = errors.New("total: a number of at least 0 is needed")
	errItems     = errors.New("items: 1 to 100 are needed")
	errSKU       = errors.New("items: sku: 1 to 64 characters are needed")
	errQty       = errors.New("items: qty: an integer of 1 to 10000 is needed")
	errPrice     = errors.New("items: price: a number of at least 0 is needed")
	errNote      = errors.New("note: at most 500 characters are taken")
	errCreatedAt = errors.New("createdAt: a date-time is needed")
)

//go:embed currencies.txt
var currencyText string

var currencies = func() map[string]struct{} {
	set := make(map[string]struct{})
	for _, code := range strings.Fields(currencyText) {
		set[code] = struct{}{}
	}
	return set
}()

// Reset empties the order and keeps the items' array for the next one.
func (o *Order) Reset() {
	items := o.Items
	clear(items)
	*o = Order{Items: items[:0]}
}

// Validate returns the first rule of the schema that the order breaks, or nil.
func (o *Order) Validate() error {
	switch {
	case !lengthWithin(o.OrderID, 1, 64):
		return errOrderID
	case o.UserID == nil || *o.UserID < 1:
		return errUserID
	case o.Total == nil || *o.Total < 0:
		return errTotal
	case len(o.Items) < 1 || len(o.Items) > 100:
		return errItems
	case o.Note != nil && !lengthWithin(*o.Note, 0, 500):
		return errNote
	}
	if _, known := currencies[o.Currency]; !known {
		return errCurrency
	}
	if o.CreatedAt != nil {
		if _, err := time.Parse(time.RFC3339Nano, *o.CreatedAt); err != nil {
			return errCreatedAt
		}
	}
	for i := range o.Items {
		if err := o.Items[i].validate(); err != nil {
			return err
		}
	}
	return nil
}

func (i *Item) validate() error {
	switch {
	case !lengthWithin(i.SKU, 1, 64):
		return errSKU
	case i.Qty == nil || *i.Qty < 1 || *i.Qty > 10_000:
		return errQty
	case i.Price == nil || *i.Price < 0:
		return errPrice
	}
	return nil
}

// lengthWithin counts characters, but only where the bytes alone do not decide.
func lengthWithin(text string, least, most int) bool {
	if len(text) <= most {
		return len(text) >= least
	}
	return utf8.RuneCountInString(text) <= most
}
