package order

import (
	"encoding/json"
	"strings"
	"testing"
)

const valid = `{"orderId":"o-1","userId":1,"currency":"EUR","total":1.5,"items":[{"sku":"a","qty":1,"price":0}]}`

func refusal(t *testing.T, text string) error {
	t.Helper()
	var o Order
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&o); err != nil {
		return err
	}
	return o.Validate()
}

func TestAValidOrderIsTaken(t *testing.T) {
	if err := refusal(t, valid); err != nil {
		t.Fatal(err)
	}
}

func TestEachRuleOfTheSchemaRefuses(t *testing.T) {
	changes := [][2]string{
		{`"orderId":"o-1"`, `"orderId":""`},
		{`"orderId":"o-1",`, ``},
		{`"orderId":"o-1"`, `"orderId":"` + strings.Repeat("x", 65) + `"`},
		{`"userId":1`, `"userId":0`},
		{`"userId":1,`, ``},
		{`"userId":1`, `"userId":1.5`},
		{`"EUR"`, `"EUX"`},
		{`"total":1.5`, `"total":-1`},
		{`"total":1.5,`, ``},
		{`[{"sku":"a","qty":1,"price":0}]`, `[]`},
		{`"sku":"a"`, `"sku":""`},
		{`"qty":1`, `"qty":10001`},
		{`"qty":1,`, ``},
		{`"price":0`, `"price":-0.01`},
		{`"total":1.5`, `"total":1.5,"note":"` + strings.Repeat("é", 501) + `"`},
		{`"total":1.5`, `"total":1.5,"createdAt":"yesterday"`},
		{`"total":1.5`, `"total":1.5,"other":1`},
	}
	for _, change := range changes {
		text := strings.Replace(valid, change[0], change[1], 1)
		if text == valid {
			t.Fatalf("%s changed nothing", change[0])
		}
		if err := refusal(t, text); err == nil {
			t.Errorf("taken although %s became %s", change[0], change[1])
		}
	}
}

func TestAResetOrderRemembersNothing(t *testing.T) {
	var o Order
	if err := json.Unmarshal([]byte(valid), &o); err != nil {
		t.Fatal(err)
	}
	o.Reset()
	if err := json.Unmarshal([]byte(`{"items":[{"sku":"b"}]}`), &o); err != nil {
		t.Fatal(err)
	}
	if o.UserID != nil || o.Total != nil || o.OrderID != "" || o.Items[0].Qty != nil {
		t.Fatalf("something was left: %+v", o)
	}
}
