"""A form with every kind of field, sent with mistakes."""

from django import forms


class EveryField(forms.Form):
    name = forms.CharField(label="名称 Name", help_text="口径说明里显示的名字。As people say it.", max_length=60)
    code = forms.SlugField(label="代号 Key", help_text="小写字母、数字和连字符。", required=False)
    kind = forms.ChoiceField(
        label="类型 Kind", choices=[("aggregate", "Aggregate"), ("ratio", "Ratio"), ("formula", "Formula")]
    )
    value = forms.DecimalField(label="目标值 Target", help_text="与指标同单位。")
    start = forms.DateField(label="开始 From", widget=forms.DateInput(attrs={"type": "date"}))
    direction = forms.ChoiceField(
        label="方向 Direction",
        widget=forms.RadioSelect,
        choices=[("up", "越高越好 Higher is better"), ("down", "越低越好 Lower is better")],
    )
    grains = forms.MultipleChoiceField(
        label="粒度 Grains",
        widget=forms.CheckboxSelectMultiple,
        choices=[("month", "月 Month"), ("week", "周 Week"), ("day", "日 Day")],
        required=False,
    )
    stores = forms.MultipleChoiceField(
        label="门店 Stores", choices=[(str(i), f"Store {i}") for i in range(6)], required=False
    )
    note = forms.CharField(label="说明 Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    certified = forms.BooleanField(
        label="已认证 Certified", help_text="经财务确认。Checked by finance.", required=False
    )
    agree = forms.BooleanField(label="我已核对 I have checked it")

    def clean(self):
        raise forms.ValidationError("开始与结束的目标值相同,没有可以推进的路程。Start and end are equal.")


class FileForm(forms.Form):
    file = forms.FileField(label="选择文件 Choose a file", widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}))


def wrong_form() -> EveryField:
    return EveryField(
        {"name": "", "code": "a b", "kind": "ratio", "value": "many", "start": "2026-13-01", "direction": "up"}
    )
