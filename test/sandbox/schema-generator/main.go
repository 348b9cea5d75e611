// Prints the Kubernetes API types as JSON: every field with its Go type, whether zero values are omitted, and its strategic merge tags.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"

	apiext "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	apireg "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

type field struct {
	Name  string `json:"n"`
	Type  string `json:"t"`
	Omit  bool   `json:"o,omitempty"`
	Key   string `json:"m,omitempty"`
	Strat string `json:"s,omitempty"`
	// The protobuf field numbers on the way to it: more than one for fields of embedded structs.
	Proto string `json:"p,omitempty"`
}
type typ struct {
	Fields []field `json:"fields,omitempty"`
	Alias  string  `json:"alias,omitempty"`
}

var out = map[string]*typ{}

func name(t reflect.Type) string {
	p := strings.SplitN(t.PkgPath(), "/", 2)
	h := strings.Split(p[0], ".")
	for i, j := 0, len(h)-1; i < j; i, j = i+1, j-1 {
		h[i], h[j] = h[j], h[i]
	}
	r := ""
	if len(p) > 1 {
		r = "." + strings.ReplaceAll(p[1], "/", ".")
	}
	return strings.Join(h, ".") + r + "." + t.Name()
}

func visit(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Ptr:
		return "*" + visit(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "[]" + visit(t.Elem())
	case reflect.Map:
		return "{}" + visit(t.Elem())
	case reflect.Interface:
		return "any"
	case reflect.Struct:
		n := name(t)
		switch n {
		case "io.k8s.apimachinery.pkg.apis.meta.v1.Time", "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", "io.k8s.apimachinery.pkg.apis.meta.v1.Duration",
			"io.k8s.apimachinery.pkg.util.intstr.IntOrString", "io.k8s.apimachinery.pkg.api.resource.Quantity", "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1",
			"io.k8s.apimachinery.pkg.runtime.RawExtension", "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON":
			return t.Name()
		}
		if strings.HasSuffix(n, ".JSONSchemaProps") || strings.Contains(n, ".JSONSchemaProps") {
			return "any"
		}
		if _, ok := out[n]; ok {
			return "#" + n
		}
		d := &typ{}
		out[n] = d
		fields(t, d, "")
		return "#" + n
	}
	return t.Kind().String()
}

func fields(t reflect.Type, d *typ, proto string) {
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		tag := strings.Split(f.Tag.Get("json"), ",")
		opts := strings.Join(tag[1:], ",")
		if tag[0] == "-" {
			continue
		}
		if f.Anonymous && tag[0] == "" {
			// TypeMeta is embedded without a number: it is not in the message.
			n := number(f, proto)
			if n == "" {
				n = "none"
			}
			fields(f.Type, d, n)
			continue
		}
		if tag[0] == "" {
			continue
		}
		omit := strings.Contains(opts, "omitempty") || strings.Contains(opts, "omitzero")
		if f.Type.Kind() == reflect.Struct && !strings.Contains(opts, "omitzero") {
			omit = false
		}
		d.Fields = append(d.Fields, field{tag[0], visit(f.Type), omit, f.Tag.Get("patchMergeKey"), f.Tag.Get("patchStrategy"), number(f, proto)})
	}
}

func number(f reflect.StructField, prefix string) string {
	parts := strings.Split(f.Tag.Get("protobuf"), ",")
	if len(parts) < 2 || prefix == "none" {
		return ""
	}
	if prefix != "" {
		return prefix + "." + parts[1]
	}
	return parts[1]
}

func main() {
	s := runtime.NewScheme()
	_ = clientscheme.AddToScheme(s)
	_ = apiext.AddToScheme(s)
	_ = apireg.AddToScheme(s)
	kinds := map[string]string{}
	for gvk, t := range s.AllKnownTypes() {
		if gvk.Version == "__internal" || strings.Contains(gvk.Version, "alpha") || strings.Contains(gvk.Version, "beta") || strings.HasSuffix(gvk.Kind, "List") {
			continue
		}
		if strings.HasPrefix(t.PkgPath(), "k8s.io/apimachinery") && gvk.Group != "" {
			continue
		}
		kinds[gvk.Group+"/"+gvk.Version+"/"+gvk.Kind] = visit(t)[1:]
	}
	visit(reflect.TypeOf(&metav1.DeleteOptions{}))
	e := json.NewEncoder(os.Stdout)
	_ = e.Encode(map[string]any{"kinds": kinds, "types": out})
}
