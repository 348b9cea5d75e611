{{ define "h.fail" }}{{ if eq .mode "fail" }}{{ fail (printf "boom: %s\nsecond line" .mode) }}{{ end }}{{ end }}
